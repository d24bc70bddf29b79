import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { HostJob, JobInput } from '../gpu/protocol.ts';
import { jobInputSchema } from '../gpu/protocol.ts';
import { changeSettings } from './change-settings.ts';

/**
 * How a call goes: answered, the connection cut before or after its effect, refused in the ways a
 * host refuses, answered with something else than was asked for, or held: a held call waits, before
 * or after its effect, until the test lets it go, which is a worker that is frozen, or dead.
 */
export type Answer =
  | 'answer'
  | 'drop-before'
  | 'drop-after'
  | 'busy'
  | 'error'
  | 'html'
  | 'forbidden'
  | 'reject'
  | 'later'
  | 'not-found'
  | 'no-id'
  | 'unheard-of'
  | 'hold-before'
  | 'hold-after';

/** A call whose worker waits for its answer. */
export interface HeldCall {
  kind: keyof ScriptedGpu['plan'];
  /** Lets it go on; `cut` breaks its connection instead. */
  letGo(how?: 'answer' | 'cut'): void;
}

/**
 * A GPU host that does exactly what a test tells it to, over real HTTP, and records every effect as
 * the outside truth: which jobs exist, which were cancelled, which were released.
 */
export interface ScriptedGpu {
  jobs: Map<string, HostJob>;
  inputs: JobInput[];
  cancelled: string[];
  released: string[];
  /** Every request so far, as `GET /jobs`. */
  requests: string[];
  /** How the next calls of a kind go; after the list is used up they are answered. */
  plan: Record<'submit' | 'observe' | 'list' | 'cancel' | 'release', Answer[]>;
  /** How every call goes that has no plan of its own: an outage while it is set. */
  always: Answer | null;
  /** The calls that wait, the oldest first. */
  held: HeldCall[];
  /** Resolves when the next call is held. */
  nextHeld(): Promise<void>;
  /** Every job there ever was by its id, as it was last seen: also those that were released. */
  record: Map<string, HostJob>;
  /** Changes what the host says about a job. */
  set(name: string, change: Partial<HostJob>): void;
  /** The only job there is; throws when there is not exactly one. */
  onlyJob(): HostJob;
  reset(): void;
  close(): Promise<void>;
}

const noProgress: HostJob['progress'] = {
  phase: 'preparing',
  step: 0,
  totalSteps: null,
  loss: null,
  secondsPerStep: null,
  gpuSeconds: 0,
};

/** Starts the host on a free port and points this process' sandbox settings at it. */
export async function startScriptedGpu(): Promise<ScriptedGpu> {
  const jobs = new Map<string, HostJob>();
  let heldNow = Promise.withResolvers<void>();
  const gpu: ScriptedGpu = {
    jobs,
    inputs: [],
    cancelled: [],
    released: [],
    requests: [],
    plan: { submit: [], observe: [], list: [], cancel: [], release: [] },
    always: null,
    held: [],
    nextHeld: () => heldNow.promise,
    record: new Map(),
    set(name, change) {
      const job = jobs.get(name);
      if (!job) throw new Error(`no job ${name}`);
      keep({ ...job, ...change });
    },
    onlyJob() {
      const [job] = jobs.values();
      if (!job || jobs.size !== 1) throw new Error(`${jobs.size} jobs at the provider`);
      return job;
    },
    reset() {
      for (const call of gpu.held.splice(0)) call.letGo('cut');
      jobs.clear();
      gpu.record.clear();
      gpu.always = null;
      gpu.inputs = [];
      gpu.cancelled = [];
      gpu.released = [];
      gpu.requests = [];
      for (const answers of Object.values(gpu.plan)) answers.length = 0;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };

  function keep(job: HostJob): void {
    jobs.set([...jobs].find(([, held]) => held.id === job.id)?.[0] ?? job.name, job);
    gpu.record.set(job.id, job);
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://host');
    const [, , id, verb] = url.pathname.split('/');
    const body = await text(request);
    gpu.requests.push(`${request.method} ${request.url}`);
    const kind = kindOf(request.method ?? '', id, verb);
    const answer = gpu.plan[kind].shift() ?? gpu.always ?? 'answer';
    if (answer === 'drop-before') return void request.socket.destroy();
    if (answer === 'hold-before' && (await held(kind)) === 'cut') {
      return void request.socket.destroy();
    }
    if (answer === 'busy') return json(response, 503, { error: 'no_capacity', message: 'full' });
    if (answer === 'error') return json(response, 500, { error: 'internal', message: 'secret' });
    if (answer === 'forbidden') return json(response, 403, { error: 'unauthorized', message: '' });
    if (answer === 'reject') return json(response, 422, { error: 'invalid_job', message: 'no' });
    if (answer === 'not-found') return json(response, 404, { error: 'not_found', message: '' });
    if (answer === 'later') {
      response.setHeader('retry-after', '120');
      return json(response, 429, { error: 'rate_limited', message: '' });
    }
    if (answer === 'html') return void response.end('<html>502 Bad Gateway</html>');

    const reply = effect(kind, url, id, body);
    if (answer === 'drop-after') return void request.socket.destroy();
    if (answer === 'hold-after' && (await held(kind)) === 'cut') {
      return void request.socket.destroy();
    }
    if (reply.body === null) return void response.writeHead(reply.status).end();
    if (answer === 'no-id') return json(response, 200, { ...reply.body, id: undefined });
    if (answer === 'unheard-of') return json(response, 200, { ...reply.body, state: 'dreaming' });
    return json(response, reply.status, reply.body);
  }

  function held(kind: HeldCall['kind']): Promise<'answer' | 'cut'> {
    return new Promise((resolve) => {
      const call: HeldCall = {
        kind,
        letGo(how = 'answer') {
          gpu.held = gpu.held.filter((other) => other !== call);
          resolve(how);
        },
      };
      gpu.held.push(call);
      heldNow.resolve();
      heldNow = Promise.withResolvers();
    });
  }

  function effect(kind: keyof ScriptedGpu['plan'], url: URL, id: string | undefined, body: string) {
    const missing = { status: 404, body: { error: 'not_found', message: '' } };
    if (kind === 'submit') {
      const input = jobInputSchema.parse(JSON.parse(body));
      gpu.inputs.push(input);
      const known = jobs.get(input.name);
      const job: HostJob = known ?? {
        id: `job-${gpu.record.size + 1}`,
        name: input.name,
        state: 'queued',
        createdAt: new Date().toISOString(),
        progress: noProgress,
        files: [],
        error: null,
      };
      keep(job);
      return { status: 201, body: job };
    }
    if (kind === 'list') {
      const name = url.searchParams.get('name');
      const found = [...jobs.values()].filter((job) => name === null || job.name === name);
      return { status: 200, body: { jobs: found } };
    }
    const job = [...jobs.values()].find((candidate) => candidate.id === id);
    if (!job) return missing;
    if (kind === 'cancel') {
      gpu.cancelled.push(job.id);
      // As the protocol has it: what has ended stays as it is.
      if (job.state === 'queued' || job.state === 'running') keep({ ...job, state: 'cancelled' });
    }
    if (kind === 'release') {
      gpu.released.push(job.id);
      // Not by name: a test may have put a second job of one name there.
      for (const [key, held] of jobs) if (held.id === job.id) jobs.delete(key);
      return { status: 204, body: null };
    }
    return { status: 200, body: job };
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error) => response.destroy(error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  changeSettings({
    SANDBOX_GPU_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    SANDBOX_GPU_TOKEN: 'token-of-the-scripted-host',
  });
  return gpu;
}

function kindOf(method: string, id: string | undefined, verb: string | undefined) {
  if (method === 'POST' && verb === 'cancel') return 'cancel' as const;
  if (method === 'POST') return 'submit' as const;
  if (method === 'DELETE') return 'release' as const;
  return id ? ('observe' as const) : ('list' as const);
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
