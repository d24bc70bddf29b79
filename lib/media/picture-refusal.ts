import type { ErrorCode, ErrorDetails } from '../errors.ts';

/** Why a picture is not taken. What decodes knows these alone; `ingestImage` makes our errors of them. */
export class PictureRefusal extends Error {
  override readonly name = 'PictureRefusal';
  readonly code: ErrorCode &
    ('FILE_TOO_LARGE' | 'NOT_AN_IMAGE' | 'IMAGE_ANIMATED' | 'TOO_MANY_PIXELS' | 'IMAGE_BROKEN');
  readonly details: ErrorDetails;
  // Written out: Node runs this file as it is, and knows no parameter properties.
  constructor(code: PictureRefusal['code'], details: ErrorDetails = {}, options?: ErrorOptions) {
    super(code, options);
    this.code = code;
    this.details = details;
  }
}
