import type { ErrorCode, ErrorDetails } from './errors.ts';
import { formatBytes, formatCount, formatCredits, formatNumber } from './format.ts';
import type { FailureReason } from './lora/rules/lifecycle.ts';

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
  BAD_CREDENTIALS: () => ({
    sentence: 'E-mail and password do not match.',
    wayOut: 'Try again or sign up',
  }),
  FOREIGN_ORIGIN: () => ({
    sentence: 'This request came from another site and was refused.',
    wayOut: 'Open Likeness and try there',
  }),
  NOT_FOUND: () => ({ sentence: 'There is nothing here.', wayOut: 'Go to your influencers' }),
  EMAIL_TAKEN: () => ({
    sentence: 'This account cannot be made with that sign-in.',
    wayOut: 'Sign in the way you did before',
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
  TRAINING_ENDED: () => ({
    sentence: 'This training had already ended.',
    wayOut: 'See what came of it',
  }),
  REQUEST_REUSED: () => ({
    sentence: 'This request was sent before with other choices. Nothing was done twice.',
    wayOut: 'Reload the page and start again',
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
  NO_FILE_YET: () => ({
    sentence: 'There is no file to download.',
    wayOut: 'See how the training is doing',
  }),
  STORAGE_UNAVAILABLE: () => ({
    sentence: 'Pictures and files cannot be reached right now. They are safe.',
    wayOut: 'Try again',
  }),
  SANDBOX_ONLY: () => ({
    sentence: 'Test credits exist only where no real GPU is plugged in.',
    wayOut: 'Go back',
  }),
  BALANCE_LIMIT: (d) => ({
    sentence: `Test credits stop at a balance of ${formatCredits(number(d, 'limitCredits'))}. Nothing was added.`,
    wayOut: 'Choose a smaller amount',
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

/** Why a training failed, in plain words (AC-7). */
export const failureSentence: Record<FailureReason, string> = {
  GPU_UNAVAILABLE: 'No GPU was free in time.',
  GPU_OUT_OF_MEMORY: 'The GPU ran out of memory.',
  TRAINING_UNSTABLE: 'The training became unstable and was stopped.',
  GPU_INTERRUPTED: 'The GPU was taken away in mid-training.',
  GPU_LOST: 'We lost contact with the GPU.',
  RESULT_BROKEN: 'The finished file was not a usable LoRA.',
  RESULT_NOT_STORED: 'The finished file could not be stored.',
  DEADLINE_PASSED: 'It was not done by its deadline.',
  NOT_LICENSED: 'The base model is not licensed on that GPU.',
  INTERNAL: 'Something went wrong on our side.',
  IMAGES_UNREADABLE: 'Some of the images could not be read by the trainer.',
};
