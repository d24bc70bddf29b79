import { createHash, randomUUID } from 'node:crypto';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { load, type MessageTypeDefinition } from '@grpc/proto-loader';
import { decode, encode } from 'cbor-x';
import { type CallContext, createServer, ServerError, Status } from 'nice-grpc';

/** How a call came out, in Modal's numbers. */
const statuses = {
  success: 1,
  failure: 2,
  terminated: 3,
  timeout: 4,
  init: 5,
  internal: 6,
} as const;
const formats = { pickle: 1, cbor: 4 } as const;
/** An input of an asynchronous call that is larger has to be put elsewhere first. */
const maxInlineBytes = 8 * 1024;

interface Outcome {
  status: (typeof statuses)[keyof typeof statuses];
  exception: string;
  value: unknown;
  format: (typeof formats)[keyof typeof formats];
}

/** What a container is given, and how it hears that it is to go. */
export interface Container {
  callId: string;
  /** The keyword arguments, as the function gets them. */
  input: unknown;
  /** Aborted when the container is killed: not a word is said any more. */
  killed: AbortSignal;
}

interface Call {
  id: string;
  input: unknown;
  outcome: Outcome | null;
  /** Its result is no longer kept. */
  isExpired: boolean;
  starts: number;
  container: AbortController | null;
}

interface Trouble {
  method: string;
  /** `lost`: done, and the answer is lost. `hang`: never answered. Or: too many, come again. */
  answer: Status | 'lost' | 'hang' | { retryAfterSeconds: number };
}

/**
 * Modal's control plane as its SDK meets it: gRPC over HTTP/2 without TLS, with the descriptions of
 * `modal.proto`, and a container for each call that runs `worker`. It tells what Modal tells, which is
 * whether a call has ended, and no more.
 */
export async function startModalStandIn(worker: (container: Container) => Promise<unknown>) {
  const token = { id: 'ak-for-tests', secret: 'as-for-tests' };
  const deployed = {
    environment: '',
    app: 'likeness',
    function: 'train',
    /** What it was deployed with: Python SDKs before 1.2 take pickles alone. */
    inputFormats: [formats.pickle, formats.cbor] as number[],
  };
  const calls = new Map<string, Call>();
  const byKey = new Map<string, string>();
  const blobs = new Map<string, { promised: { bytes: number; sha256: string }; bytes?: Buffer }>();
  const requests: string[] = [];
  const troubles: Trouble[] = [];
  const faults: unknown[] = [];
  const behaviour = {
    /** No container is free: calls wait until they are started by hand. */
    isFull: false,
    /** Whether a key that comes again finds the call it made: nobody has promised that. */
    knowsKeys: false,
  };

  function run(call: Call): void {
    const container = new AbortController();
    Object.assign(call, { container, starts: call.starts + 1 });
    worker({ callId: call.id, input: call.input, killed: container.signal })
      .then((value) => end(call, container, { status: statuses.success, value }))
      .catch((error) => {
        const exception = `${error?.name}('${error?.message}')`;
        end(call, container, { status: statuses.failure, exception });
      });
  }

  function end(call: Call, container: AbortController | null, outcome: Partial<Outcome>): void {
    if (call.container !== container || call.outcome) return;
    call.container?.abort();
    call.outcome = {
      status: statuses.success,
      exception: '',
      value: null,
      format: formats.cbor,
      ...outcome,
    };
  }

  function known(callId: string): Call {
    const call = calls.get(callId);
    if (!call) throw new ServerError(Status.NOT_FOUND, `Function call ${callId} not found`);
    return call;
  }

  function isDeployed(name: { app_name: string; object_tag: string; environment_name: string }) {
    return (
      name.app_name === deployed.app &&
      name.object_tag === deployed.function &&
      name.environment_name === deployed.environment
    );
  }

  function inputOf(input: { args: Uint8Array; args_blob_id: string; data_format: number }) {
    if (input.data_format !== formats.cbor) throw new Error('the input is no CBOR');
    const blob = blobs.get(input.args_blob_id);
    if (!blob && input.args.length > maxInlineBytes) throw new Error('the input is too large');
    const [args, kwargs] = decode(blob?.bytes ?? input.args);
    if (args.length > 0) throw new Error('the function takes keywords alone');
    return kwargs;
  }

  const methods = {
    authTokenGet: () => ({ token: unsignedToken() }),

    functionGet(name: { app_name: string; object_tag: string; environment_name: string }) {
      if (!isDeployed(name)) throw new ServerError(Status.NOT_FOUND, 'No such function');
      return {
        function_id: 'fu-1',
        handle_metadata: { function_name: 'train', supported_input_formats: deployed.inputFormats },
      };
    },

    functionGetCurrentStats: () => ({
      backlog: [...calls.values()].filter(({ starts, outcome }) => !starts && !outcome).length,
      num_total_tasks: standIn.running().length,
    }),

    blobCreate(wanted: { content_sha256_base64: string; content_length: number }) {
      const id = `bl-${randomUUID()}`;
      const promised = { bytes: wanted.content_length, sha256: wanted.content_sha256_base64 };
      blobs.set(id, { promised });
      return { blob_id: id, upload_url: `${blobUrl}/${id}` };
    },

    functionMap(
      wanted: { pipelined_inputs: { input: Parameters<typeof inputOf>[0] }[] },
      context: CallContext,
    ) {
      const key = context.metadata.get('x-idempotency-key') ?? '';
      const before = behaviour.knowsKeys ? byKey.get(key) : undefined;
      const id = before ?? `fc-${randomUUID().replaceAll('-', '').toUpperCase()}`;
      if (!before) {
        const [item] = wanted.pipelined_inputs;
        if (!item) throw new Error('a call without an input');
        const call: Call = {
          id,
          input: inputOf(item.input),
          outcome: null,
          isExpired: false,
          starts: 0,
          container: null,
        };
        calls.set(id, call);
        byKey.set(key, id);
        if (!behaviour.isFull) run(call);
      }
      const pipelined_inputs = [{ idx: 0, input_id: 'in-1', input_jwt: 'jwt' }];
      return { function_call_id: id, pipelined_inputs };
    },

    functionCallFromId({ function_call_id }: { function_call_id: string }) {
      return { function_call_id: known(function_call_id).id, num_inputs: 1 };
    },

    functionGetOutputs({ function_call_id }: { function_call_id: string }) {
      const { outcome, isExpired } = known(function_call_id);
      if (isExpired) return { outputs: [], num_unfinished_inputs: 0 };
      if (!outcome) return { outputs: [], num_unfinished_inputs: 1 };
      const { status, exception, value, format } = outcome;
      const isSuccess = status === statuses.success;
      const result = { status, exception, ...(isSuccess && { data: encode(value) }) };
      return { outputs: [{ result, idx: 0, data_format: format }], num_unfinished_inputs: 0 };
    },

    functionCallCancel(wanted: { function_call_id: string; terminate_containers: boolean }) {
      const call = known(wanted.function_call_id);
      if (!wanted.terminate_containers) throw new Error('a call is ended with its container');
      end(call, call.container, { status: statuses.terminated });
      return {};
    },
  };

  /** Signs in, makes the trouble that was asked for, and answers. */
  function answering(name: keyof typeof methods) {
    return async (request: never, context: CallContext): Promise<object> => {
      requests.push(name);
      const { metadata } = context;
      if (
        metadata.get('x-modal-token-id') !== token.id ||
        metadata.get('x-modal-token-secret') !== token.secret
      ) {
        throw new ServerError(Status.UNAUTHENTICATED, 'Token ID is malformed');
      }
      const at = troubles.findIndex(({ method }) => method === name);
      const trouble = at < 0 ? null : (troubles.splice(at, 1)[0]?.answer ?? null);
      if (typeof trouble === 'number') throw new ServerError(trouble, 'as the test has asked');
      if (typeof trouble === 'object' && trouble) {
        context.trailer.set('grpc-status-details-bin', throttling(trouble.retryAfterSeconds));
        throw new ServerError(Status.RESOURCE_EXHAUSTED, 'too many requests');
      }
      if (trouble === 'hang') {
        await new Promise((done) => context.signal.addEventListener('abort', done));
      }
      try {
        const answer = methods[name](request, context);
        if (trouble === 'lost') throw new ServerError(Status.UNAVAILABLE, 'connection reset');
        return answer;
      } catch (error) {
        if (!(error instanceof ServerError)) faults.push(error);
        throw error;
      }
    };
  }

  /** What the SDK puts an input to that is too large for a request. */
  const blobServer = createHttpServer(async (request, response) => {
    const bytes = await buffer(request);
    const blob = blobs.get((request.url ?? '').slice(1));
    const sha256 = createHash('sha256').update(bytes).digest('base64');
    const isPromised = blob?.promised.sha256 === sha256 && blob.promised.bytes === bytes.length;
    if (!isPromised) faults.push(`blob ${request.url}`);
    if (blob) blob.bytes = bytes;
    response.writeHead(isPromised ? 200 : 400).end();
  });
  await new Promise<void>((done) => blobServer.listen(0, '127.0.0.1', done));
  const blobUrl = `http://127.0.0.1:${(blobServer.address() as AddressInfo).port}`;

  const description = await load(fileURLToPath(new URL('./modal.proto', import.meta.url)), {
    keepCase: true,
    longs: Number,
    defaults: true,
    arrays: true,
  });
  const bytesOf = (name: string, message: object) =>
    (description[`modal.client.${name}`] as MessageTypeDefinition<object, object>).serialize(
      message,
    );
  const throttling = (retry_after_secs: number) => {
    const value = bytesOf('RPCRetryPolicy', { retry_after_secs });
    const details = [{ type_url: 'type.googleapis.com/modal.client.RPCRetryPolicy', value }];
    return bytesOf('StatusDetails', { code: Status.RESOURCE_EXHAUSTED, details });
  };
  const server = createServer();
  server.add(
    description['modal.client.ModalClient'] as never,
    Object.fromEntries(
      Object.keys(methods).map((name) => [
        name[0]?.toUpperCase() + name.slice(1),
        answering(name as keyof typeof methods),
      ]),
    ) as never,
  );
  const port = await server.listen('127.0.0.1:0');

  const standIn = {
    url: `http://127.0.0.1:${port}`,
    token,
    deployed,
    behaviour,
    /** Methods in the order they were asked. */
    requests,
    /** What no SDK of Modal's would send, and mistakes of this stand-in. */
    faults,
    calls,
    /** The next request of a method is answered so. */
    trouble: (method: keyof typeof methods, answer: Trouble['answer']) =>
      troubles.push({ method, answer }),
    /** The calls that have a container now. */
    running: () =>
      [...calls.values()].flatMap(({ id, container, outcome }) =>
        container && !outcome ? [id] : [],
      ),
    /** Gives a call that waits its container. */
    start: (callId: string) => run(known(callId)),
    /** Ends a call as Modal would: over its time, broken, by its own fault, with a pickle. */
    end(callId: string, how: 'timeout' | 'failure' | 'init' | 'internal' | 'pickle'): void {
      const call = known(callId);
      const outcome =
        how === 'pickle'
          ? { format: formats.pickle, value: 'pickled' }
          : { status: statuses[how], exception: `${how} of a test` };
      end(call, call.container, outcome);
    },
    /** The result is older than Modal keeps it. */
    expire(callId: string): void {
      known(callId).isExpired = true;
    },
    /** The machine is taken away, or the container dies: the same input is started again. */
    restart(callId: string): void {
      const call = known(callId);
      call.container?.abort();
      run(call);
    },
    async close(): Promise<void> {
      for (const { container } of calls.values()) container?.abort();
      server.forceShutdown();
      await new Promise<void>((done) => {
        blobServer.close(() => done());
        blobServer.closeAllConnections();
      });
    },
  };
  return standIn;
}

export type ModalStandIn = Awaited<ReturnType<typeof startModalStandIn>>;

/** The SDK reads when its token ends, and nothing else of it. */
function unsignedToken(): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ exp: Math.floor(Date.now() / 1000) + 3_600 })}.x`;
}
