import type { ErrorCode } from '../../errors.ts';

/**
 * When each closed code is sent, for people who write programs. `details` are the facts that go with
 * it, by an example. A missing code is a type error.
 */
export const errorNotes: Record<
  ErrorCode,
  { when: string; details?: Record<string, string | number> }
> = {
  INVALID_INPUT: {
    when: 'A parameter, a header or the body does not fit its schema; an unknown field counts.',
    details: { field: 'imageCount', expected: 'Too small: expected number to be >=1' },
  },
  BODY_TOO_LARGE: { when: 'The body is longer than 1 MB.' },
  SIGNED_OUT: { when: 'There is neither a token nor a session, or the session is over.' },
  BAD_TOKEN: {
    when: 'The Authorization header carries no token of ours, or one that was revoked.',
  },
  BAD_CREDENTIALS: { when: 'E-mail and password do not match. The API itself never sends it.' },
  WRONG_PASSWORD: {
    when: 'A password was to be changed with a wrong current one. The API itself never sends it.',
  },
  FOREIGN_ORIGIN: {
    when: 'A change with a session’s cookie came from another site. Tokens need no origin.',
  },
  NOT_FOUND: { when: 'It is not there, or it is somebody else’s: the two are answered alike.' },
  METHOD_NOT_ALLOWED: {
    when: 'The address exists, the method does not.',
    details: { method: 'PUT' },
  },
  WRONG_CONTENT_TYPE: { when: 'A body was sent as something else than application/json.' },
  EMAIL_TAKEN: { when: 'A sign-up with an address in use. The API itself never sends it.' },
  NAME_DIFFERS: {
    when: 'What was typed to confirm a deletion is another text. The API itself never sends it.',
  },
  TOO_MANY_REQUESTS: {
    when: 'The limit of a minute is used up. Wait as long as the Retry-After header says.',
    details: { retryAfterSeconds: 12 },
  },
  TOO_FEW_IMAGES: { when: 'Fewer than 5 different images.', details: { missing: 2 } },
  TOO_MANY_IMAGES: { when: 'More than 50 images for one training.', details: { over: 1 } },
  IMAGE_NOT_AVAILABLE: {
    when: 'Some chosen images were removed, are not ready, or are of another influencer.',
    details: { missing: 1 },
  },
  UNKNOWN_BASE_MODEL: { when: 'A base model that is not in the list of models.' },
  LICENCE_NEEDED: { when: 'The base model needs a licence that this installation does not have.' },
  CONSENT_NEEDED: { when: 'The first training of an influencer without a word on who it is.' },
  NOT_ENOUGH_CREDITS: {
    when: 'The available balance is smaller than the price.',
    details: { missing: 4_000 },
  },
  PRICE_CHANGED: {
    when: 'The price is not the one in expectedCredits. Nothing was reserved.',
    details: { currentCredits: 22_000, expectedCredits: 21_000 },
  },
  TRAINING_OPEN: {
    when: 'The influencer has a training that has not ended; details.loraModelId names it.',
    details: { loraModelId: '019a1b2c-0000-7000-8000-0000000000cc' },
  },
  TOO_MANY_TRAININGS: {
    when: 'The account has as many trainings open, or started in 24 hours, as it may (details.aDay).',
    details: { most: 10 },
  },
  TRAININGS_PAUSED: { when: 'An operator has paused new trainings. Nothing was reserved.' },
  TRAININGS_FULL: { when: 'The GPU time of this day is given out. Nothing was reserved.' },
  TRAINING_ENDED: { when: 'The training ended before this request.', details: { status: 'ready' } },
  REQUEST_REUSED: {
    when: 'The Idempotency-Key was used before for the same operation with another request.',
  },
  REQUEST_IN_PROGRESS: {
    when: 'The first request with this Idempotency-Key has not been answered yet.',
    details: { retryAfterSeconds: 2 },
  },
  TOO_MANY_TOKENS: {
    when: 'A new token beyond the most an account holds. Tokens are made in the account only.',
    details: { maxTokens: 20 },
  },
  PROFILE_SET_INCOMPLETE: { when: 'A training before the profile set was finished.' },
  PROFILE_SET_COMPLETE: { when: 'A profile set that is finished is not generated again.' },
  FILE_TOO_LARGE: {
    when: 'The file is larger than 20 MB.',
    details: { fileName: 'mara.jpg', bytes: 24_000_000, maxBytes: 20_000_000 },
  },
  TOO_MANY_PIXELS: { when: 'The picture has more than 50 megapixels.' },
  NOT_AN_IMAGE: { when: 'Neither JPEG, PNG, WebP nor HEIC.', details: { fileName: 'mara.gif' } },
  IMAGE_BROKEN: { when: 'The file could not be read to its end.' },
  IMAGE_ANIMATED: { when: 'The picture has more than one frame.' },
  TOO_MANY_UPLOADS: { when: 'The influencer holds as many images as it can.' },
  ALREADY_HERE: {
    when: 'The influencer has this picture already; details name it.',
    details: { ofImageId: '019a1b2c-0000-7000-8000-0000000000dd', ofNumber: 3 },
  },
  UPLOAD_MISSING: { when: 'An upload is finished whose bytes have not arrived.' },
  UPLOAD_DAMAGED: { when: 'The bytes that arrived are not those that were announced.' },
  NO_FILE_YET: { when: 'The training has no finished file.' },
  NO_MODEL_YET: { when: 'The influencer has no finished model.' },
  MODEL_EXPIRED: { when: 'The model’s file was removed because it was not used for long.' },
  STORAGE_UNAVAILABLE: { when: 'The store does not answer. Send the request again.' },
  GENERATION_BUSY: { when: 'As many pictures are being generated as may be at once.' },
  GENERATION_FAILED: { when: 'The image generator does not answer. Send the request again.' },
  SANDBOX_ONLY: { when: 'Test credits where a real GPU is plugged in.' },
  BALANCE_LIMIT: {
    when: 'Test credits beyond the most a balance can hold.',
    details: { limitCredits: 1_000_000 },
  },
  PACKAGE_GONE: { when: 'The package is not offered, or not at that price any more.' },
  PAYMENTS_UNAVAILABLE: { when: 'Payments are not set up here, or the provider refuses them.' },
  PAYMENT_PAGE_UNREACHABLE: { when: 'The payment provider does not answer. Send it again.' },
  INTERNAL: {
    when: 'Something went wrong on our side; errorId names it in our log.',
    details: { errorId: '3f2a9c1e' },
  },
};

/** A code as a heading: TOO_FEW_IMAGES → "Too few images". The same for every occurrence. */
export function errorTitle(code: ErrorCode): string {
  const words = code.toLowerCase().replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Where a code is explained, on the developers' page. */
export function errorAnchor(code: ErrorCode): string {
  return `error-${code}`;
}
