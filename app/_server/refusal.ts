import { randomUUID } from 'node:crypto';
import { wordError } from '@/lib/error-messages.ts';
import { DomainError, type ErrorCode, type ErrorDetails } from '@/lib/errors.ts';
import { log } from '@/lib/log.ts';

/** Why something was not done, as a page or a client gets it. */
export interface Refusal {
  code: ErrorCode;
  sentence: string;
  wayOut: string;
  details: ErrorDetails;
}

/**
 * Words an error. What we did not expect is logged with an id, and only the id is shown: no text of
 * a vendor or a library ever reaches a creator.
 */
export function refusalFrom(error: unknown): Refusal {
  const known = error instanceof DomainError ? error : unexpected(error);
  return { code: known.code, details: known.details, ...wordError(known.code, known.details) };
}

function unexpected(error: unknown): DomainError {
  const errorId = randomUUID().slice(0, 8);
  log().error({ errorId, error }, 'unexpected error');
  return new DomainError('INTERNAL', { errorId });
}
