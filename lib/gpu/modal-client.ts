import { AsyncLocalStorage } from 'node:async_hooks';
import {
  FunctionTimeoutError,
  InternalFailure,
  InvalidError,
  ModalClient,
  NotFoundError,
  RemoteError,
  TimeoutError,
} from 'modal';
import { ClientError, type ClientMiddleware, Metadata, Status } from 'nice-grpc';
import { withoutSecrets } from '../secrets.ts';
import { ProviderError } from './provider.ts';

export interface ModalAccess {
  /** The provider's id, for messages. */
  id: string;
  tokenId: string;
  tokenSecret: string;
  /** For one request; at most 10 s, under half of an attempt's lease. */
  timeoutMs?: number;
}

/** Where trainings are spawned. `environment` empty: the one the workspace has by default. */
export interface ModalPlace {
  environment: string;
  app: string;
  function: string;
}

/** What Modal tells of a call: whether it is over, and how. Nothing of how it goes. */
export type ModalLook =
  | { is: 'unknown' | 'unfinished' }
  | { is: 'returned'; value: unknown }
  /** `terminated` stands for a raised exception, a container that did not start, a cancellation. */
  | { is: 'timed-out' | 'terminated' | 'failed-at-modal'; message: string };

/** What goes with all requests of one call, through the SDK to its transport. */
interface Sending {
  signal: AbortSignal;
  idempotencyKey?: string;
}

/** Throttled, the SDK would wait without limit. */
const maxThrottleWaitSecs = 4;

/**
 * Modal's own SDK, with limits. Calls throw only `ProviderError`. It is large and for Node alone: loaded
 * by whoever needs it first (`createModal`), and one client serves them all. Where Modal is reached it
 * reads from the environment itself: MODAL_SERVER_URL.
 */
export function modalClient({ id, tokenId, tokenSecret, timeoutMs = 10_000 }: ModalAccess) {
  const sending = new AsyncLocalStorage<Sending>();
  const client = new ModalClient({
    tokenId,
    tokenSecret,
    maxThrottleWaitSecs,
    grpcMiddleware: [limits(sending, timeoutMs)],
  });

  /** Some requests that belong together, in the time that `requests` of them may take. */
  async function ask<T>(
    what: string,
    requests: number,
    call: () => Promise<T>,
    idempotencyKey?: string,
  ): Promise<T> {
    const signal = AbortSignal.timeout(timeoutMs * requests);
    // Aborting is not enough: what the SDK sends over plain HTTP has no limit and no signal.
    const late = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    try {
      return await Promise.race([sending.run({ signal, idempotencyKey }, call), late]);
    } catch (error) {
      throw asProviderError(`${id}: Modal did not ${what}`, error);
    }
  }

  async function functionAt({ environment, app, function: name }: ModalPlace) {
    try {
      return await client.functions.fromName(app, name, environment ? { environment } : {});
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      const where = [environment, app, name].filter(Boolean).join('/');
      const message = `${id} has no function ${where}: deploy docs/worker/modal_app.py.`;
      throw new ProviderError('config', message, null, { cause: error });
    }
  }

  return {
    /**
     * Starts a call and returns its id. A repetition with the same key may start another: Modal is
     * told the key, and promises nothing about it.
     */
    spawn(place: ModalPlace, kwargs: Record<string, unknown>, idempotencyKey: string) {
      // Look up the function, ask for a place for an input of some size, put it there, start.
      return ask(
        'start a call',
        4,
        async () => (await (await functionAt(place)).spawn([], kwargs)).functionCallId,
        idempotencyKey,
      );
    },

    look(callId: string): Promise<ModalLook> {
      return ask('tell of a call', 2, async () => {
        const call = await knownOrNull(client.functionCalls.fromId(callId));
        if (!call) return { is: 'unknown' };
        try {
          return { is: 'returned', value: await call.get({ timeoutMs: 0 }) };
        } catch (error) {
          return endOf(error);
        }
      });
    },

    /** Ends a call and its container. Ended or unknown is fine. */
    cancel(callId: string): Promise<void> {
      return ask('cancel a call', 2, async () => {
        const call = await knownOrNull(client.functionCalls.fromId(callId));
        if (call) await knownOrNull(call.cancel({ terminateContainers: true }));
      });
    },

    /** How busy the function is. */
    stats(place: ModalPlace): Promise<{ backlog: number; numTotalRunners: number }> {
      return ask('tell of its function', 2, async () =>
        (await functionAt(place)).getCurrentStats(),
      );
    },
  };
}

/**
 * Gives every request its time, and sends a spawn once only: repeated by the SDK itself it would have
 * another key than when we repeat it.
 */
function limits(sending: AsyncLocalStorage<Sending>, timeoutMs: number): ClientMiddleware {
  return async function* limited(call, options) {
    const { signal, idempotencyKey } = sending.getStore() ?? {};
    const limit = { timeoutMs, ...options, signal };
    if (!call.method.path.endsWith('/FunctionMap') || !idempotencyKey) {
      return yield* call.next(call.request, limit);
    }
    const metadata = Metadata(options.metadata).set('x-idempotency-key', idempotencyKey);
    return yield* call.next(call.request, Object.assign(limit, { metadata, retries: 0 }));
  };
}

/** The order matters: a call that has not ended also passes for a FunctionTimeoutError. */
function endOf(error: unknown): ModalLook {
  if (error instanceof TimeoutError) return { is: 'unfinished' };
  if (error instanceof FunctionTimeoutError) return { is: 'timed-out', message: error.message };
  if (error instanceof InternalFailure) return { is: 'failed-at-modal', message: error.message };
  if (error instanceof RemoteError) return { is: 'terminated', message: error.message };
  // It has succeeded with something that the SDK cannot read, which no worker of ours returns.
  const isPickle = error instanceof Error && error.message.startsWith('PICKLE');
  if (isPickle) return { is: 'returned', value: null };
  throw error;
}

/** Null where Modal does not know what it was asked for. */
async function knownOrNull<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ClientError && error.code === Status.NOT_FOUND) return null;
    throw error;
  }
}

/** Wrong keys, no access, no money, a worker deployed with too old a Python SDK: the operator's. */
const operators: readonly Status[] = [
  Status.UNAUTHENTICATED,
  Status.PERMISSION_DENIED,
  Status.FAILED_PRECONDITION,
  Status.NOT_FOUND,
  Status.UNIMPLEMENTED,
];

function asProviderError(what: string, error: unknown): ProviderError {
  if (error instanceof ProviderError) return error;
  const said = withoutSecrets(error instanceof Error ? error.message : String(error)).slice(0, 500);
  const isRefused = error instanceof ClientError && error.code === Status.UNAUTHENTICATED;
  const why = isRefused ? ', because it does not accept MODAL_TOKEN_ID and MODAL_TOKEN_SECRET' : '';
  const message = `${what}${why}: ${said.replace(/\.$/, '')}.`;
  if (error instanceof InvalidError) {
    return new ProviderError('config', message, null, { cause: error });
  }
  if (error instanceof ClientError && operators.includes(error.code)) {
    return new ProviderError('config', message, null, { cause: error });
  }
  if (error instanceof ClientError && error.code === Status.INVALID_ARGUMENT) {
    return new ProviderError('reject', message, null, { cause: error });
  }
  return new ProviderError('retry', message, null, { cause: error });
}
