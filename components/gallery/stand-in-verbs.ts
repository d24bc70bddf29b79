import { wordError } from '../../lib/error-messages.ts';
import type { ErrorCode, ErrorDetails } from '../../lib/errors.ts';
import type { Refusal, VerbResult } from '../verbs/verb-result';

/** A refusal as a door words it. */
export function refusalOf(code: ErrorCode, details: ErrorDetails = {}): Refusal {
  return { code, details, ...wordError(code, details) };
}

/** A verb that does it at once. */
export function does<Value>(value: Value) {
  return async (): Promise<VerbResult<Value>> => ({ ok: true, value });
}

/** A verb that has nothing to tell but that it is done. */
export const done = does<void>(undefined);

/** A verb that refuses. */
export function refuses(code: ErrorCode, details: ErrorDetails = {}) {
  return async (): Promise<{ ok: false; refusal: Refusal }> => ({
    ok: false,
    refusal: refusalOf(code, details),
  });
}

/** A verb that is never answered. */
export const neverAnswers = () => new Promise<never>(() => {});
