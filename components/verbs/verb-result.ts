import type { ErrorCode, ErrorDetails } from '@/lib/errors';

/** Why something was not done, as a door words it. */
export interface Refusal {
  code: ErrorCode;
  sentence: string;
  wayOut: string;
  details: ErrorDetails;
}

/** What a verb that a page hands down answers. */
export type VerbResult<T> = { ok: true; value: T } | { ok: false; refusal: Refusal };

/** A verb as a component gets it: a server action, or anything that answers alike. */
export type Verb<Input, Value = void> = (input: Input) => Promise<VerbResult<Value>>;
