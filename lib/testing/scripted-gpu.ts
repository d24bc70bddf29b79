import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { HostJob, JobInput } from '../gpu/protocol.ts';
import { jobInputSchema } from '../gpu/protocol.ts';

type Answer = 'answer' | 'drop-before' | 'drop-after' | 'busy' | 'error' | 'html' | 'forbidden';

/**
 * A GPU host that does exactly what a test tells it to, over real HTTP, and records every effect as
 * the outside truth: which jobs exist, which were cancelled, which were released.
 */
export interface ScriptedGpu {
  jobs: Map<string, HostJob>;
  inputs: JobInput[];
  cancelled: string[];
  released: string[];
  /** How the next calls of a kind go; after the list is used up they are answered. */
  plan: Record<'submit' | 'observe' | 'list' | 'cancel' | 'release', Answer[]>;
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
  const gpu: ScriptedGpu = {
    jobs,
    inputs: [],
    cancelled: [],
    released: [],
    plan: { submit: [], observe: [], list: [], cancel: [], release: [] },
    set(name, change) {
      const job = jobs.get(name);
      if (!job) throw new Error(`no job ${name}`);
      jobs.set(name, { ...job, ...change });
    },
    onlyJob() {
      const [job] = jobs.values();
      if (!job || jobs.size !== 1) throw new Error(`${jobs.size} jobs at the provider`);
      return job;
    },
    reset() {
      jobs.clear();
      gpu.inputs = [];
      gpu.cancelled = [];
      gpu.released = [];
      for (const answers of Object.values(gpu.plan)) answers.length = 0;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://host');
    const [, , id, verb] = url.pathname.split('/');
    const body = await text(request);
    const kind = kindOf(request.method ?? '', id, verb);
    const answer = gpu.plan[kind].shift() ?? 'answer';
    if (answer === 'drop-before') return void request.socket.destroy();
    if (answer === 'busy') return json(response, 503, { error: 'no_capacity', message: 'full' });
    if (answer === 'error') return json(response, 500, { error: 'internal', message: 'secret' });
    if (answer === 'forbidden') return json(response, 403, { error: 'unauthorized', message: '' });
    if (answer === 'html') return void response.end('<html>502 Bad Gateway</html>');

    const reply = effect(kind, url, id, body);
    if (answer === 'drop-after') return void request.socket.destroy();
    return json(response, reply.status, reply.body);
  }

  function effect(kind: keyof ScriptedGpu['plan'], url: URL, id: string | undefined, body: string) {
    const missing = { status: 404, body: { error: 'not_found', message: '' } };
    if (kind === 'submit') {
      const input = jobInputSchema.parse(JSON.parse(body));
      gpu.inputs.push(input);
      const known = jobs.get(input.name);
      const job: HostJob = known ?? {
        id: `job-${jobs.size + 1}`,
        name: input.name,
        state: 'queued',
        createdAt: new Date().toISOString(),
        progress: noProgress,
        files: [],
        error: null,
      };
      jobs.set(input.name, job);
      return { status: 201, body: job };
    }
    if (kind === 'list') {
      const name = url.searchParams.get('name');
      const found = [...jobs.values()].filter((job) => name === null || job.name === name);
      return { status: 200, body: { jobs: found } };
    }
    const job = [...jobs.values()].find((candidate) => candidate.id === id);
    if (!job) return missing;
    if (kind === 'cancel') gpu.cancelled.push(job.id);
    if (kind === 'release') {
      gpu.released.push(job.id);
      jobs.delete(job.name);
    }
    return { status: 200, body: job };
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error) => response.destroy(error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  process.env.SANDBOX_GPU_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.env.SANDBOX_GPU_TOKEN = 'scripted';
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
