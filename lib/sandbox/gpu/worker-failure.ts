import type { WorkerErrorCode } from '../../gpu/protocol.ts';

/** Ends a training with `failed`; the fields are those of the event's `error`. */
export class WorkerFailure extends Error {
  override readonly name = 'WorkerFailure';
  readonly code: WorkerErrorCode;
  readonly retryable: boolean;

  constructor(code: WorkerErrorCode, retryable: boolean, message: string) {
    super(message);
    this.code = code;
    this.retryable = retryable;
  }
}
