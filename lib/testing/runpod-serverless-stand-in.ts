import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { jobInputSchema, type WorkerEvent } from '../gpu/protocol.ts';
import { runVendorWorker } from './vendor-worker.ts';

type Status = 'IN_QUEUE' | 'IN_PROGRESS' | 'COMPLETED' | 'FAILED' | 'CANCELLED' | 'TIMED_OUT';

export interface ServerlessJob {
  id: string;
  status: Status;
  input: unknown;
  webhook: string | null;
  executionTimeoutMs: number;
  ttlMs: number;
  submittedAt: number;
  startedAt: number | null;
  endedAt: number | null;
  /** A result, or the newest progress. */
  output?: unknown;
  error?: string;
  /** How often its handler was called. */
  starts: number;
  /** What its handler told the application and did not lose on the way. */
  events: WorkerEvent[];
  /** How each try of its webhook was answered; null: not at all. */
  webhooks: (number | null)[];
  fate: Fate;
  kill: AbortController | null;
}

/** What becomes of a job that does not simply train. */
export type Fate =
  | 'trains'
  /** The first worker is taken away in mid-training, and the handler is called once more. */
  | 'twice'
  /** It trains, and RunPod never hears of its end. */
  | 'result-lost'
  /** A late progress update makes it look as if it still ran. */
  | 'late-progress'
  /** The handler raises. */
  | 'raises'
  /** Its handler says nothing and never ends. */
  | 'hangs'
  /** It trains, and none of its events arrives but its claim. */
  | 'mute';

type Trouble = {
  on: RegExp;
  /** `lost`: done, and the answer is lost. `made-500`: done, and answered as if it was not. */
  answer: 'drop' | 'lost' | 'made-500' | 'html' | { status: number; headers?: object };
};

const minute = 60_000;
const week = 7 * 24 * 60 * minute;
const retentionMs = 30 * minute;
const maxBodyBytes = 10_000_000;
const traceback =
  'Traceback (most recent call last):\n  File "/src/handler.py", line 12, in handler\nRuntimeError: boom';

const orderSchema = z.object({
  input: z.record(z.string(), z.unknown()),
  webhook: z.url().optional(),
  policy: z
    .object({
      executionTimeout: z.int().min(5_000).max(week).default(600_000),
      ttl: z
        .int()
        .min(10_000)
        .max(week)
        .default(1_440 * minute),
    })
    .default({ executionTimeout: 600_000, ttl: 1_440 * minute }),
});

/**
 * A queue endpoint of RunPod Serverless, made from what its documentation, its SDK and its users say
 * of it: results go after 30 minutes, a job's time to live takes it away even while it runs, a handler
 * may be called twice, a late progress update hides an end, the webhook is unsigned, echoes the input
 * and is tried three times. Its workers speak our protocol.
 */
export async function startRunPodServerless(apiKey: string, endpointId = 'abc123def456') {
  const jobs = new Map<string, ServerlessJob>();
  const troubles: Trouble[] = [];
  const requests: string[] = [];
  /** What no client of ours may ever do. */
  const faults: string[] = [];
  const running = new Set<Promise<void>>();
  const next: { fate: Fate[] } = { fate: [] };
  const settings = {
    /** What the operator allows; RunPod lowers it to 0 after a week without a request. */
    maxWorkers: 20,
    trainingSeconds: 0.6,
    /** Between two tries of a webhook. */
    webhookPauseMs: 10_000,
  };
  let aheadMs = 0;
  let retried = 0;
  let isOpen = true;
  const now = () => Date.now() + aheadMs;

  const isOver = ({ endedAt }: ServerlessJob) => endedAt !== null;

  /** What time alone does to jobs. */
  function age(): void {
    for (const job of jobs.values()) {
      const isExpired = isOver(job)
        ? now() - (job.endedAt ?? 0) >= retentionMs
        : now() - job.submittedAt >= job.ttlMs;
      if (isExpired) {
        job.kill?.abort();
        jobs.delete(job.id);
      } else if (
        job.status === 'IN_PROGRESS' &&
        job.endedAt === null &&
        now() - (job.startedAt ?? 0) >= job.executionTimeoutMs
      ) {
        end(job, 'TIMED_OUT', { error: 'job timed out after its executionTimeout' });
      }
    }
    fill();
  }

  function fill(): void {
    if (!isOpen) return;
    const busy = [...jobs.values()].filter(({ status, endedAt }) => {
      return status === 'IN_PROGRESS' && endedAt === null;
    }).length;
    const waiting = [...jobs.values()].filter(({ status }) => status === 'IN_QUEUE');
    for (const job of waiting.slice(0, Math.max(0, settings.maxWorkers - busy))) start(job);
  }

  function start(job: ServerlessJob): void {
    job.status = 'IN_PROGRESS';
    job.startedAt ??= now();
    job.starts += 1;
    const kill = new AbortController();
    job.kill = kill;
    const work = handle(job, kill.signal)
      .catch((error: unknown) => {
        // Killed: whoever did that has said what became of the job.
        if (!kill.signal.aborted) raise(job, error instanceof Error ? error.message : '');
      })
      .finally(() => running.delete(work));
    running.add(work);
  }

  async function handle(job: ServerlessJob, signal: AbortSignal): Promise<void> {
    const { fate } = job;
    if (fate === 'hangs') return void (await delay(week / 4, undefined, { signal }));
    if (fate === 'raises') return raise(job, 'boom');
    const input = jobInputSchema.safeParse((job.input as { job?: unknown }).job);
    if (!input.success) return raise(job, 'the input has no job');
    const isFirst = fate === 'twice' && job.starts === 1;
    const result = await runVendorWorker({
      job: input.data,
      externalJobId: job.id,
      trainingSeconds: settings.trainingSeconds,
      signal,
      loses: (event) => {
        const isLost = fate === 'mute' && event.type !== 'accepted';
        if (!isLost) job.events.push(event);
        // The machine is taken away, and the job put back for another.
        if (isFirst && event.type === 'progress' && event.step > 0) takeAway(job);
        return isLost;
      },
    });
    if (signal.aborted || isOver(job)) return;
    if (fate === 'result-lost') return;
    end(job, 'COMPLETED', { output: result });
    if (fate === 'late-progress') {
      job.status = 'IN_PROGRESS';
      job.output = { step: 1 };
    }
  }

  function takeAway(job: ServerlessJob): void {
    if (job.starts > 1 || job.kill?.signal.aborted) return;
    retried += 1;
    job.kill?.abort();
    job.status = 'IN_QUEUE';
    setImmediate(fill);
  }

  function raise(job: ServerlessJob, message: string): void {
    if (isOver(job)) return;
    end(job, 'FAILED', {
      error: JSON.stringify({
        error_type: "<class 'RuntimeError'>",
        error_message: message,
        error_traceback: traceback,
        hostname: 'abc-64410f2a',
        worker_id: 'abc',
        runpod_version: '1.12.0',
      }),
    });
  }

  function end(job: ServerlessJob, status: Status, result: { output?: unknown; error?: string }) {
    job.status = status;
    job.endedAt = now();
    job.output = result.output;
    job.error = result.error;
    job.kill?.abort();
    if (job.webhook) void deliver(job, job.webhook);
    setImmediate(fill);
  }

  /** As reported from production: it repeats the whole input, and the address it was sent to. */
  async function deliver(job: ServerlessJob, webhook: string): Promise<void> {
    const body = JSON.stringify({ ...view(job), input: job.input, webhook });
    for (let attempt = 0; attempt < 3 && isOpen; attempt += 1) {
      if (attempt > 0) await delay(settings.webhookPauseMs, undefined, { ref: false });
      const status = await fetch(webhook, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        signal: AbortSignal.timeout(5_000),
      }).then(
        (response) => response.status,
        () => null,
      );
      job.webhooks.push(status);
      if (status === 200) return;
    }
  }

  function view(job: ServerlessJob) {
    const { id, status, output, error, submittedAt, startedAt, endedAt } = job;
    return {
      id,
      status,
      ...(startedAt === null ? {} : { delayTime: startedAt - submittedAt }),
      ...(startedAt === null || endedAt === null ? {} : { executionTime: endedAt - startedAt }),
      ...(output === undefined ? {} : { output }),
      ...(error === undefined ? {} : { error }),
      workerId: startedAt === null ? undefined : 'w1',
    };
  }

  function health() {
    const of = (wanted: Status) => [...jobs.values()].filter((job) => job.status === wanted).length;
    const inProgress = of('IN_PROGRESS');
    return {
      jobs: {
        completed: of('COMPLETED'),
        failed: of('FAILED') + of('TIMED_OUT'),
        inProgress,
        inQueue: of('IN_QUEUE'),
        retried,
      },
      workers: {
        idle: Math.max(0, settings.maxWorkers - inProgress),
        initializing: 0,
        ready: Math.max(0, settings.maxWorkers - inProgress),
        running: inProgress,
        throttled: 0,
      },
    };
  }

  function run(body: Buffer): Answer {
    if (body.length > maxBodyBytes) return { status: 400, body: { error: 'request too large' } };
    let json: unknown;
    try {
      json = JSON.parse(body.toString('utf8'));
    } catch {
      return { status: 400, body: { error: 'bad request: body: not JSON' } };
    }
    const order = orderSchema.safeParse(json);
    if (!order.success) return { status: 400, body: { error: order.error.message } };
    if (body.includes(apiKey)) faults.push('The API key is in an input, which is echoed.');
    const { input, webhook, policy } = order.data;
    const job: ServerlessJob = {
      id: `${randomUUID()}-u1`,
      status: 'IN_QUEUE',
      input,
      webhook: webhook ?? null,
      executionTimeoutMs: policy.executionTimeout,
      ttlMs: policy.ttl,
      submittedAt: now(),
      startedAt: null,
      endedAt: null,
      starts: 0,
      events: [],
      webhooks: [],
      fate: next.fate.shift() ?? 'trains',
      kill: null,
    };
    jobs.set(job.id, job);
    setImmediate(fill);
    return { status: 200, body: { id: job.id, status: job.status } };
  }

  function answer(request: IncomingMessage, body: Buffer): Answer {
    if (request.headers.authorization !== `Bearer ${apiKey}`) return { status: 401 };
    const [, , endpoint, verb = '', id = ''] = (request.url ?? '').split('?')[0]?.split('/') ?? [];
    if (endpoint !== endpointId) return { status: 404, body: { error: 'endpoint not found' } };
    const route = `${request.method} ${verb}`;
    if (route === 'POST run') return run(body);
    if (route === 'GET health') return { status: 200, body: health() };
    const job = jobs.get(decodeURIComponent(id));
    if (route === 'GET status') {
      if (!job) return { status: 404, body: { error: 'request does not exist' } };
      return { status: 200, body: view(job) };
    }
    if (route === 'POST cancel') {
      if (!job) return { status: 404, body: { error: 'request does not exist' } };
      if (!isOver(job)) end(job, 'CANCELLED', {});
      // What only looks as if it ran can be cancelled as well.
      else if (job.status === 'IN_PROGRESS') job.status = 'CANCELLED';
      return { status: 200, body: { id: job.id, status: job.status } };
    }
    faults.push(`${route} is nothing we may ask for.`);
    return { status: 405 };
  }

  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    const line = `${request.method} ${request.url}`;
    requests.push(line);
    age();
    const at = troubles.findIndex(({ on }) => on.test(line));
    const trouble = at < 0 ? undefined : troubles.splice(at, 1)[0]?.answer;
    if (trouble === 'drop') return void request.socket.destroy();
    if (trouble === 'html') return void response.writeHead(200).end('<html>a proxy</html>');
    if (typeof trouble === 'object') return send(response, trouble);
    const reply = answer(request, body);
    if (trouble === 'lost') return void request.socket.destroy();
    send(response, trouble === 'made-500' ? { status: 500 } : reply);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    /** Where endpoints lie. */
    apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v2`,
    endpointId,
    jobs,
    next,
    settings,
    /** Each goes wrong once, in order. */
    troubles,
    requests,
    faults,
    /** Its clock goes on by so much at once. */
    pass(ms: number): void {
      aheadMs += ms;
      age();
    },
    /** What runs and costs now. */
    busy: () => [...jobs.values()].filter((job) => job.status === 'IN_PROGRESS' && !isOver(job)),
    async close(): Promise<void> {
      isOpen = false;
      for (const job of jobs.values()) job.kill?.abort();
      await Promise.allSettled(running);
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

export type RunPodServerless = Awaited<ReturnType<typeof startRunPodServerless>>;

interface Answer {
  status: number;
  headers?: object;
  body?: unknown;
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body ?? {}));
}
