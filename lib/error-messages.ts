import type { ErrorCode, ErrorDetails } from './errors.ts';
import { formatBytes, formatCount, formatCredits, formatNumber } from './format.ts';

/** What a creator reads when something was refused, and what they can do about it. */
export interface Wording {
  sentence: string;
  /** The way out, as a button or link says it. */
  wayOut: string;
}

const number = (details: ErrorDetails, key: string): number => Number(details[key] ?? 0);

/** Every closed code, worded once. A missing one is a type error. */
const wording: Record<ErrorCode, (details: ErrorDetails) => Wording> = {
  INVALID_INPUT: () => ({
    sentence: 'Something in this form is not as expected.',
    wayOut: 'Check the fields',
  }),
  BODY_TOO_LARGE: () => ({
    sentence: 'That is more than can be sent at once.',
    wayOut: 'Send less',
  }),
  SIGNED_OUT: () => ({ sentence: 'You are signed out.', wayOut: 'Sign in again to go on' }),
  BAD_TOKEN: () => ({
    sentence: 'This API token is not known here or was revoked.',
    wayOut: 'Make a new token in your account',
  }),
  BAD_CREDENTIALS: () => ({
    sentence: 'E-mail and password do not match.',
    wayOut: 'Try again or sign up',
  }),
  WRONG_PASSWORD: () => ({
    sentence: 'This is not your current password.',
    wayOut: 'Try again',
  }),
  FOREIGN_ORIGIN: () => ({
    sentence: 'This request came from another site and was refused.',
    wayOut: 'Open Likeness and try there',
  }),
  NOT_FOUND: () => ({ sentence: 'There is nothing here.', wayOut: 'Go to your influencers' }),
  METHOD_NOT_ALLOWED: (d) => ({
    sentence: `This address does not answer ${String(d.method ?? 'that method')}.`,
    wayOut: 'Use one of the methods in the Allow header',
  }),
  WRONG_CONTENT_TYPE: () => ({
    sentence: 'The body of this request must be JSON.',
    wayOut: 'Send it as application/json',
  }),
  EMAIL_TAKEN: () => ({
    sentence: 'This account cannot be made with that sign-in.',
    wayOut: 'Sign in the way you did before',
  }),
  NAME_DIFFERS: () => ({
    sentence: 'What you typed is something else. Nothing was deleted.',
    wayOut: 'Type it exactly as it is shown',
  }),
  TOO_MANY_REQUESTS: (d) => ({
    sentence: 'Too many tries in a short time.',
    wayOut: `Wait ${formatCount(Math.max(1, Math.ceil(number(d, 'retryAfterSeconds') / 60)), 'minute')} and try again`,
  }),
  TOO_FEW_IMAGES: (d) => ({
    sentence: 'Training needs at least 5 images.',
    wayOut: `Add ${formatCount(number(d, 'missing'), 'more image', 'more images')}`,
  }),
  TOO_MANY_IMAGES: (d) => ({
    sentence: '50 images is the most for one training.',
    wayOut: `Remove ${formatCount(number(d, 'over'), 'image')}`,
  }),
  IMAGE_NOT_AVAILABLE: (d) => ({
    sentence: `${formatCount(number(d, 'missing'), 'chosen image is', 'chosen images are')} not available any more.`,
    wayOut: 'Look at the selection again',
  }),
  UNKNOWN_BASE_MODEL: () => ({
    sentence: 'This base model is not known here.',
    wayOut: 'Choose another base model',
  }),
  LICENCE_NEEDED: () => ({
    sentence: 'This base model needs a commercial licence that is not set up here.',
    wayOut: 'Choose another base model',
  }),
  CONSENT_NEEDED: () => ({
    sentence: 'Before the first training we need your word on who this is.',
    wayOut: 'Choose one to go on',
  }),
  NOT_ENOUGH_CREDITS: (d) => ({
    sentence: `You need ${formatCredits(number(d, 'missing'))} more.`,
    wayOut: 'Buy credits',
  }),
  PRICE_CHANGED: (d) => ({
    sentence: `The price is now ${formatCredits(number(d, 'currentCredits'))}. Nothing was reserved.`,
    wayOut: 'Look at the price and start again',
  }),
  TRAINING_OPEN: () => ({
    sentence: 'A training of this character is already under way.',
    wayOut: 'See how it is doing',
  }),
  TOO_MANY_TRAININGS: (d) => ({
    sentence: d.aDay
      ? `${formatCount(number(d, 'most'), 'training')} in 24 hours is the most for one account.`
      : `${formatCount(number(d, 'most'), 'training')} at once is the most for one account.`,
    wayOut: d.aDay ? 'Come back tomorrow' : 'Wait until one has ended',
  }),
  TRAININGS_PAUSED: () => ({
    sentence: 'New trainings are paused for the moment. Nothing was reserved.',
    wayOut: 'Try again later',
  }),
  TRAININGS_FULL: () => ({
    sentence: 'No more trainings can start today. Nothing was reserved.',
    wayOut: 'Come back tomorrow',
  }),
  TRAINING_ENDED: () => ({
    sentence: 'This training had already ended.',
    wayOut: 'See what came of it',
  }),
  REQUEST_REUSED: () => ({
    sentence: 'This request was sent before with other choices. Nothing was done twice.',
    wayOut: 'Reload the page and start again',
  }),
  REQUEST_IN_PROGRESS: () => ({
    sentence: 'This request was sent before and is still being worked on.',
    wayOut: 'Wait a moment and send it again',
  }),
  TOO_MANY_TOKENS: (d) => ({
    sentence: `An account holds ${formatCount(number(d, 'maxTokens'), 'API token')} at most.`,
    wayOut: 'Revoke one first',
  }),
  PROFILE_SET_INCOMPLETE: () => ({
    sentence: 'The profile set is not finished yet.',
    wayOut: 'Finish the profile set',
  }),
  PROFILE_SET_COMPLETE: () => ({
    sentence: 'The profile set is already finished.',
    wayOut: 'Go to the settings',
  }),
  FILE_TOO_LARGE: (d) => ({
    sentence: `Too large: ${formatBytes(number(d, 'bytes'))}, the limit is 20 MB.`,
    wayOut: 'Choose another',
  }),
  TOO_MANY_PIXELS: () => ({
    sentence: 'Too large: more than 50 megapixels.',
    wayOut: 'Choose another',
  }),
  NOT_AN_IMAGE: () => ({
    sentence: 'Not an image we can read (JPEG, PNG, WebP, HEIC).',
    wayOut: 'Choose another',
  }),
  IMAGE_BROKEN: () => ({
    sentence: 'The file is damaged and could not be read to the end.',
    wayOut: 'Choose another',
  }),
  IMAGE_ANIMATED: () => ({
    sentence: 'Animated images cannot be trained on.',
    wayOut: 'Choose a still image',
  }),
  TOO_MANY_UPLOADS: () => ({
    sentence: 'This character has as many images as it can hold.',
    wayOut: 'Remove some first',
  }),
  ALREADY_HERE: (d) => ({
    sentence: `Already here, as image ${formatNumber(number(d, 'ofNumber'))}.`,
    wayOut: `Show image ${formatNumber(number(d, 'ofNumber'))}`,
  }),
  UPLOAD_MISSING: () => ({ sentence: 'The upload did not arrive.', wayOut: 'Try again' }),
  UPLOAD_DAMAGED: () => ({ sentence: 'The upload arrived damaged.', wayOut: 'Try again' }),
  NO_FILE_YET: () => ({
    sentence: 'There is no file to download.',
    wayOut: 'See how the training is doing',
  }),
  MODEL_EXPIRED: (d) => ({
    sentence: `This model was removed after ${formatCount(number(d, 'unusedDays'), 'day')} without use. The history stays.`,
    wayOut: 'Train again',
  }),
  NO_MODEL_YET: () => ({
    sentence: 'This training has made no model to judge.',
    wayOut: 'See what came of it',
  }),
  STORAGE_UNAVAILABLE: () => ({
    sentence: 'Pictures and files cannot be reached right now. They are safe.',
    wayOut: 'Try again',
  }),
  GENERATION_BUSY: (d) => ({
    sentence: `${formatCount(number(d, 'inTheWorks'), 'picture is', 'pictures are')} being made; ${formatNumber(number(d, 'most'))} is the most at once.`,
    wayOut: 'Wait until some are done',
  }),
  GENERATION_FAILED: () => ({ sentence: 'The picture could not be made.', wayOut: 'Try again' }),
  SANDBOX_ONLY: () => ({
    sentence: 'Test credits exist only where no real GPU is plugged in.',
    wayOut: 'Go back',
  }),
  BALANCE_LIMIT: (d) => ({
    sentence: `Test credits stop at a balance of ${formatCredits(number(d, 'limitCredits'))}. Nothing was added.`,
    wayOut: 'Choose a smaller amount',
  }),
  PACKAGE_GONE: () => ({
    sentence: 'This package is no longer sold. Nothing was bought.',
    wayOut: 'Reload the page and choose again',
  }),
  PAYMENTS_UNAVAILABLE: () => ({
    sentence: 'Credits cannot be bought here right now. No money moved.',
    wayOut: 'Ask whoever runs this site',
  }),
  PAYMENT_PAGE_UNREACHABLE: () => ({
    sentence: 'The payment page could not be reached. No money moved.',
    wayOut: 'Try again in a minute',
  }),
  INTERNAL: (d) => ({
    sentence: d.errorId
      ? `Something went wrong on our side (${d.errorId}).`
      : 'Something went wrong on our side.',
    wayOut: 'Try again',
  }),
};

/** The sentence and the way out for a refused request. */
export function wordError(code: ErrorCode, details: ErrorDetails = {}): Wording {
  return wording[code](details);
}
