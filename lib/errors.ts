/**
 * The closed list of things that can go wrong for a creator. Every code has one sentence and a
 * way out in `lib/error-messages.ts` and one HTTP status below; a missing one is a type error.
 */
export const errorStatus = {
  INVALID_INPUT: 400,
  BODY_TOO_LARGE: 413,
  SIGNED_OUT: 401,
  BAD_TOKEN: 401,
  BAD_CREDENTIALS: 401,
  WRONG_PASSWORD: 422,
  FOREIGN_ORIGIN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  WRONG_CONTENT_TYPE: 415,
  EMAIL_TAKEN: 409,
  NAME_DIFFERS: 422,
  TOO_MANY_REQUESTS: 429,
  TOO_FEW_IMAGES: 422,
  TOO_MANY_IMAGES: 422,
  IMAGE_NOT_AVAILABLE: 422,
  UNKNOWN_BASE_MODEL: 422,
  LICENCE_NEEDED: 422,
  CONSENT_NEEDED: 422,
  NOT_ENOUGH_CREDITS: 402,
  PRICE_CHANGED: 409,
  TRAINING_OPEN: 409,
  TRAINING_ENDED: 409,
  TOO_MANY_TRAININGS: 409,
  TRAININGS_PAUSED: 503,
  TRAININGS_FULL: 503,
  REQUEST_REUSED: 409,
  REQUEST_IN_PROGRESS: 409,
  TOO_MANY_TOKENS: 409,
  PROFILE_SET_INCOMPLETE: 422,
  PROFILE_SET_COMPLETE: 409,
  FILE_TOO_LARGE: 422,
  TOO_MANY_PIXELS: 422,
  NOT_AN_IMAGE: 422,
  IMAGE_BROKEN: 422,
  IMAGE_ANIMATED: 422,
  TOO_MANY_UPLOADS: 422,
  ALREADY_HERE: 409,
  UPLOAD_MISSING: 409,
  UPLOAD_DAMAGED: 409,
  NO_FILE_YET: 409,
  MODEL_EXPIRED: 410,
  NO_MODEL_YET: 409,
  STORAGE_UNAVAILABLE: 503,
  GENERATION_BUSY: 409,
  GENERATION_FAILED: 503,
  SANDBOX_ONLY: 403,
  BALANCE_LIMIT: 409,
  PACKAGE_GONE: 409,
  PAYMENTS_UNAVAILABLE: 503,
  PAYMENT_PAGE_UNREACHABLE: 503,
  INTERNAL: 500,
} as const satisfies Record<string, number>;

export type ErrorCode = keyof typeof errorStatus;

/** Facts that go with a code: what a sentence needs (missing counts, prices, ids). Plain JSON. */
export type ErrorDetails = Record<string, string | number | boolean | null>;

/** The only error `lib` throws on purpose. Doors turn it into a Result or an HTTP status. */
export class DomainError extends Error {
  override readonly name = 'DomainError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails = {}, options?: ErrorOptions) {
    super(code, options);
    this.code = code;
    this.details = details;
  }
}

/** Throw `code` unless `condition` holds. */
export function demand(
  condition: unknown,
  code: ErrorCode,
  details: ErrorDetails = {},
): asserts condition {
  if (!condition) throw new DomainError(code, details);
}
