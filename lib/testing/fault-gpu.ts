import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { type HostJob, jobInputSchema } from '../gpu/protocol.ts';
import { type DeliveryCounts, FaultCallbacks } from './fault-callbacks.ts';
import { FaultJob } from './fault-job.ts';
import {
  calm,
  chance,
  draw,
  type Fate,
  type FaultRates,
  type RequestFault,
  type Route,
} from './fault-plan.ts';

export interface FaultGpuOptions {
  /** 0 takes any free one. */
  port: number;
  token: string;
  seed: number;
  /** What goes wrong from the start; nothing unless told. */
  rates?: FaultRates;
  /** The shortest and the longest a job runs. */
  paceMs?: readonly [number, number];
  /** A host that breaks the protocol's rule and makes a second job of a name it knows. */
  forgetsNames?: boolean;
}

/** What really happened at the host, whatever anybody was told. */
export interface GpuTruth {
  jobs: {
    id: string;
    name: string;
    trainingId: string;
    attemptId: string;
    fate: Fate;
    state: HostJob['state'];
    gpuSeconds: number;
    cancels: number;
    released: boolean;
    stored: { key: string; bytes: number; sha256: string } | null;
    toldSucceeded: boolean;
  }[];
  /** Requests by route and by how they went. */
  requests: Record<Route, Partial<Record<RequestFault | 'sound', number>>>;
  deliveries: DeliveryCounts;
  /** Pictures that were not what the job said. */
  badImages: string[];
}

/** Sent to `POST /control`. */
export interface GpuControl {
  seed?: number;
  rates?: FaultRates;
  /** For so long every connection is cut. */
  awayMs?: number;
  /**
   * Addresses of the application's web servers: callbacks go to them in turn, as a load balancer
   * would send them. Without: where the job says.
   */
  webServers?: readonly string[];
}

export interface FaultGpu {
  url: string;
  /** How the next requests of a kind go and what becomes of the next jobs, before any rate. */
  next: Record<Route, (RequestFault | 'sound')[]> & { fate: Fate[] };
  control(change: GpuControl): void;
  truth(): GpuTruth;
  close(): Promise<void>;
}

/**
 * A GPU host that speaks the worker protocol over HTTP, trains in a moment, stores small sound
 * adapters, and lies, drops, repeats and delays as a seeded plan says. It records every effect.
 */
export async function startFaultGpu(options: FaultGpuOptions): Promise<FaultGpu> {
  const jobs: FaultJob[] = [];
  const [shortestMs, longestMs] = options.paceMs ?? [200, 800];
  let { seed } = options;
  let rates = options.rates ?? calm;
  let awayUntilMs = 0;
  let webServers: readonly string[] = [];
  let turn = 0;
  const asked = new Map<string, number>();
  const requests: GpuTruth['requests'] = {
    submit: {},
    observe: {},
    list: {},
    cancel: {},
    release: {},
  };
  const none = () => ({ sent: 0, taken: 0 });
  const deliveries: DeliveryCounts = {
    sound: none(),
    forged: none(),
    oversized: none(),
    skewed: none(),
  };
  const badImages: string[] = [];
  const next: FaultGpu['next'] = {
    submit: [],
    observe: [],
    list: [],
    cancel: [],
    release: [],
    fate: [],
  };

  const reach = (url: string): string => {
    if (webServers.length === 0) return url;
    turn += 1;
    const { pathname, search } = new URL(url);
    return `${webServers[turn % webServers.length]}${pathname}${search}`;
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://host');
    const [, room, id = '', verb] = url.pathname.split('/');
    if (room === 'control') return answerControl(request, response);
    if (Date.now() < awayUntilMs) return void request.socket.destroy();
    if (room === 'health') return json(response, 200, { status: 'ok', protocolVersion: 1 });
    if (request.headers.authorization !== `Bearer ${options.token}`) {
      return json(response, 401, { error: 'unauthorized', message: '' });
    }
    const body = await text(request);
    const route = routeOf(request.method ?? '', id, verb);
    const about = id || url.searchParams.get('name') || nameIn(body);
    const fault = nextFault(route, about);
    requests[route][fault ?? 'sound'] = (requests[route][fault ?? 'sound'] ?? 0) + 1;

    const refusal = fault && refusals[fault];
    if (refusal) return json(response, refusal.status, refusal.body, refusal.headers);
    if (fault === 'refuse') return void request.socket.destroy();
    // Whoever asked gives up; the connection ends with it.
    if (fault === 'hang') return;
    if (fault === 'html') return html(response);

    const reply = await effect(route, url, id, body);
    if (fault === 'drop-after') return void request.socket.destroy();
    if (fault === 'error-after') return json(response, 500, { error: 'internal', message: '' });
    await send(response, fault, reply);
    // Whoever had given up and hung up by then was told nothing.
    if (fault === null && route === 'observe' && !response.destroyed) {
      const job = jobs.find((known) => known.options.id === id);
      // What was said, not how it stands now: two may ask at once.
      const said = reply.body && 'state' in reply.body ? reply.body.state : null;
      if (job && said === 'succeeded') job.toldSucceeded = true;
      job?.seen();
    }
  }

  /** By the plan of the test first, else drawn: what is asked how often decides, not when. */
  function nextFault(route: Route, about: string): RequestFault | null {
    const planned = next[route].shift();
    if (planned) return planned === 'sound' ? null : planned;
    const key = `${route} ${about}`;
    const count = asked.get(key) ?? 0;
    asked.set(key, count + 1);
    return draw(rates.request[route] ?? {}, chance(seed, key, count));
  }

  async function effect(route: Route, url: URL, id: string, body: string): Promise<Reply> {
    if (route === 'submit') return submit(body);
    if (route === 'list') return { status: 200, body: { jobs: listed(url) } };
    const job = jobs.find((known) => known.options.id === id && isHeld(known));
    if (!job) return { status: 404, body: { error: 'not_found', message: '' } };
    if (route === 'cancel') job.cancel();
    if (route === 'release') {
      job.release();
      return { status: 204 };
    }
    return { status: 200, body: job.view() };
  }

  async function submit(body: string): Promise<Reply> {
    const parsed = jobInputSchema.safeParse(JSON.parse(body));
    if (!parsed.success) {
      return { status: 400, body: { error: 'invalid_job', message: parsed.error.message } };
    }
    const input = parsed.data;
    const known = jobs.find((job) => job.options.input.name === input.name);
    if (known && !options.forgetsNames) return { status: 200, body: known.view() };
    const id = `job-${jobs.length + 1}`;
    const made = new FaultJob({
      id,
      input,
      seed,
      fate: next.fate.shift() ?? draw(rates.fate, chance(seed, 'fate', input.name)) ?? 'done',
      paceMs: shortestMs + (longestMs - shortestMs) * chance(seed, 'pace', input.name),
      callbacks: new FaultCallbacks({
        input,
        seed,
        rates: () => rates.callback,
        counts: deliveries,
        reach,
        onCancel: () => made.cancel(),
      }),
      reach,
      onBadImage: (imageId) => badImages.push(imageId),
    });
    jobs.push(made);
    void made.run();
    // Some jobs are quicker than the answer to their submission: the first event comes early.
    if (chance(seed, 'early', input.name) < 0.05) await wait(150);
    return { status: 201, body: made.view() };
  }

  function listed(url: URL): HostJob[] {
    const name = url.searchParams.get('name');
    return jobs
      .filter(isHeld)
      .filter((job) => name === null || job.options.input.name === name)
      .filter((job) => Date.now() - job.createdAt.getTime() >= rates.listLagMs)
      .map((job) => job.view());
  }

  async function answerControl(request: IncomingMessage, response: ServerResponse) {
    if (request.method === 'POST') control(JSON.parse(await text(request)) as GpuControl);
    return json(response, 200, truth());
  }

  function control(change: GpuControl): void {
    seed = change.seed ?? seed;
    rates = change.rates ?? rates;
    webServers = change.webServers ?? webServers;
    if (change.awayMs !== undefined) awayUntilMs = Date.now() + change.awayMs;
  }

  function truth(): GpuTruth {
    return {
      jobs: jobs.map((job) => ({
        id: job.options.id,
        name: job.options.input.name,
        trainingId: job.options.input.trainingId,
        attemptId: job.options.input.attemptId,
        fate: job.options.fate,
        state: job.state,
        gpuSeconds: job.gpuSeconds,
        cancels: job.cancels,
        released: job.released,
        stored: job.stored,
        toldSucceeded: job.toldSucceeded,
      })),
      requests,
      deliveries,
      badImages,
    };
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    next,
    control,
    truth,
    close: () => {
      for (const job of jobs) job.release();
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

const slowPieceMs = 250;

interface Reply {
  status: number;
  body?: object;
}

const refusals: Partial<
  Record<RequestFault, { status: number; body: object; headers?: Record<string, string> }>
> = {
  forbidden: { status: 403, body: { error: 'unauthorized', message: '' } },
  invalid: { status: 422, body: { error: 'invalid_job', message: 'as planned' } },
  limited: {
    status: 429,
    body: { error: 'internal', message: 'too many' },
    headers: { 'retry-after': '1' },
  },
  'no-capacity': { status: 503, body: { error: 'no_capacity', message: '' } },
  error: { status: 500, body: { error: 'internal', message: '' } },
};

/** A job that expires is gone as soon as it has ended. */
function isHeld(job: FaultJob): boolean {
  return !job.released && !(job.options.fate === 'expired' && job.ended);
}

function routeOf(method: string, id: string, verb: string | undefined): Route {
  if (method === 'POST') return verb === 'cancel' ? 'cancel' : 'submit';
  if (method === 'DELETE') return 'release';
  return id ? 'observe' : 'list';
}

function nameIn(body: string): string {
  return /"name":"([^"]+)"/.exec(body)?.[1] ?? '';
}

async function send(response: ServerResponse, fault: RequestFault | null, reply: Reply) {
  if (reply.body === undefined) return void response.writeHead(reply.status).end();
  const whole = JSON.stringify(
    fault === 'unknown-status' ? { ...reply.body, state: 'perhaps', jobs: 'perhaps' } : reply.body,
  );
  response.writeHead(reply.status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(whole),
  });
  if (fault === 'truncated') {
    response.write(whole.slice(0, whole.length / 2), () => response.destroy());
    return;
  }
  if (fault === 'slow') {
    const piece = Math.ceil(whole.length / 5);
    for (let at = 0; at < whole.length; at += piece) {
      response.write(whole.slice(at, at + piece));
      await wait(slowPieceMs);
    }
    return void response.end();
  }
  response.end(whole);
}

function json(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

function html(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/html' });
  response.end('<html><body>502 Bad Gateway</body></html>');
}
