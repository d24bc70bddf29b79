import { z } from 'zod';
import { log } from '../log.ts';
import { ask, refusalError } from './http-reply.ts';
import { type Check, type GpuProvider, type Observation, ProviderError } from './provider.ts';
import { failedRun, isEnd, progressOf, returnedEnd, vendorInput } from './vendor-run.ts';

export interface RunPodServerlessSettings {
  id: string;
  /** Where the endpoint lies: `https://api.runpod.ai/v2/{endpoint}`. */
  url: string;
  apiKey: string;
  microUsdPerSecond: number;
  /** Where RunPod rings when a job of that attempt has ended. */
  bellUrl: (attemptId: string) => string;
  /** At most 10 s, under half of an attempt's lease. */
  timeoutMs?: number;
}

/** RunPod takes no larger order. */
const maxOrderBytes = 10_000_000;
const maxReplyBytes = 16 * 1024 ** 2;
const minuteMs = 60_000;
const weekMs = 7 * 24 * 60 * minuteMs;
/** The worker stops by itself at the deadline; so much later RunPod stops it. */
const slackMs = 15 * minuteMs;
/** How long a job may wait for a worker, on top of how long it may run. */
const queueMs = 30 * minuteMs;

const orderedSchema = z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{1,100}$/) });
const stateSchema = z.object({
  status: z.string(),
  output: z.unknown().optional(),
  error: z.unknown().optional(),
  /** Milliseconds in the handler; a cold start is not in them. */
  executionTime: z.number().nonnegative().optional().catch(undefined),
});
const healthSchema = z.object({
  jobs: z.object({ inQueue: z.number(), inProgress: z.number() }),
  workers: z.record(z.string(), z.number()),
});
const handlerErrorSchema = z.object({ error_type: z.string(), error_message: z.string() });

/**
 * The adapter for a queue endpoint of RunPod Serverless (docs/worker/runpod_handler.py runs there). It
 * takes no name and lists no jobs: the worker names its run in what it reports, which is believed
 * before what RunPod says. Results are gone after 30 minutes, and a job that RunPod says is running may
 * have ended: neither loses a training whose worker was heard.
 */
export function createRunPodServerless(settings: RunPodServerlessSettings): GpuProvider {
  const { id, url, apiKey, microUsdPerSecond, bellUrl, timeoutMs = 10_000 } = settings;
  const access = { id, url, token: apiKey, timeoutMs, maxBytes: maxReplyBytes };

  /** One request; null for a job that is not known there (any more). */
  async function call(method: string, path: string, body?: string): Promise<unknown> {
    const request = `${method} ${path}`;
    const type = body === undefined ? undefined : 'application/json';
    const { response, text } = await ask(access, method, path, body, type);
    if (!response.ok) {
      const isOfAJob = /^\/(?:status|cancel)\//.test(path);
      if (response.status === 404 && isOfAJob) return await missing();
      throw refusalError(
        `${id} answered ${request} with ${response.status}: ${text.slice(0, 300)}`,
        response,
      );
    }
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw new ProviderError('retry', `${id} did not answer ${request} with JSON.`, null, {
        cause,
      });
    }
  }

  /** A job is lost only where its endpoint is there: at a wrong address everything is missing. */
  async function missing(): Promise<null> {
    await health();
    return null;
  }

  async function health() {
    return parse(id, healthSchema, await call('GET', '/health'));
  }

  async function look(externalJobId: string) {
    const answer = await call('GET', `/status/${encodeURIComponent(externalJobId)}`);
    return answer === null ? null : parse(id, stateSchema, answer);
  }

  async function cancel(externalJobId: string): Promise<string | null> {
    const answer = await call('POST', `/cancel/${encodeURIComponent(externalJobId)}`);
    return answer === null ? null : parse(id, stateSchema, answer).status;
  }

  return {
    id,
    lacksLookup: true,

    async submit(job) {
      const leftMs = Math.max(0, Date.parse(job.limits.deadlineAt) - Date.now());
      const body = JSON.stringify({
        input: vendorInput(job),
        webhook: bellUrl(job.attemptId),
        // Without them a training would end after ten minutes, and be forgotten after a day.
        policy: {
          executionTimeout: Math.min(weekMs, leftMs + slackMs),
          ttl: Math.min(weekMs, leftMs + queueMs + slackMs),
        },
      });
      if (Buffer.byteLength(body) > maxOrderBytes) {
        throw new ProviderError('reject', `${job.name} is larger than RunPod takes.`);
      }
      const ordered = parse(id, orderedSchema, await call('POST', '/run', body));
      return { externalJobId: ordered.id };
    },

    findByName: async () => null,
    list: async () => [],

    async observe(externalJobId, reported = null) {
      // Its worker's signed end is the end: RunPod may have forgotten it, or not heard of it.
      if (isEnd(reported)) return reported;
      const seen = await look(externalJobId);
      if (!seen) return { state: 'not_found' };
      const gpuSeconds = (seen.executionTime ?? 0) / 1_000;
      switch (seen.status) {
        case 'COMPLETED':
          return (
            returnedEnd(seen.output, reported) ??
            failedRun(reported, {
              code: 'INTERNAL',
              retryable: true,
              message: 'The handler returned what no worker of ours returns.',
              gpuSeconds,
            })
          );
        case 'FAILED': {
          const message = handlerError(seen.error);
          return failedRun(reported, { code: 'INTERNAL', retryable: true, message, gpuSeconds });
        }
        case 'TIMED_OUT': {
          const message = 'RunPod has stopped it at its executionTimeout.';
          return failedRun(reported, { code: 'DEADLINE', retryable: false, message, gpuSeconds });
        }
        case 'CANCELLED':
          return { state: 'cancelled', progress: progressOf(reported) };
        case 'IN_QUEUE':
          // Put back after its worker was taken away, it has not lost its place.
          return reported ?? { state: 'queued' };
        case 'IN_PROGRESS':
        case 'RUNNING':
          return reported ?? running();
        default:
          log().warn({ externalJobId, status: seen.status }, 'RunPod tells of an unknown status');
          return reported ?? running();
      }
    },

    async cancel(externalJobId) {
      await cancel(externalJobId);
    },

    /** A job can be ended, not removed: RunPod forgets it by itself. */
    async release(externalJobId) {
      const status = await cancel(externalJobId);
      if (status !== null && ['IN_QUEUE', 'IN_PROGRESS', 'RUNNING'].includes(status)) {
        throw new ProviderError('busy', `Job ${externalJobId} is ending.`, 5_000);
      }
    },

    price: () => ({ microUsdPerSecond }),

    async check() {
      return checksOf(await health());
    },
  };
}

/** A worker has begun and not said a word yet: it loads its image, or waits for its claim. */
function running(): Observation {
  return { state: 'running', progress: progressOf(null), samples: [] };
}

/** Type and message of what a handler raised; its traceback says more of the machine than of the job. */
function handlerError(error: unknown): string {
  try {
    const parsed = handlerErrorSchema.parse(JSON.parse(String(error)));
    return `${parsed.error_type}: ${parsed.error_message}`.slice(0, 300);
  } catch {
    return String(error).split('\n', 1)[0]?.slice(0, 300) ?? '';
  }
}

function checksOf({ jobs, workers }: z.infer<typeof healthSchema>): Check[] {
  const { running = 0, idle = 0, throttled = 0 } = workers;
  const there = Object.values(workers).reduce((sum, count) => sum + count, 0);
  const isStuck = there === 0 && jobs.inQueue > 0;
  const idleNote =
    'after three days without a request RunPod lowers its maximum to 2 workers, after seven to 0';
  return [
    {
      isFine: true,
      say: `The key is accepted. Jobs: ${jobs.inProgress} run, ${jobs.inQueue} wait.`,
    },
    {
      isFine: !isStuck && throttled === 0,
      say: isStuck
        ? `Jobs wait and the endpoint has no worker: ${idleNote}. Raise Max Workers in its settings.`
        : throttled > 0
          ? `${throttled} workers are throttled: RunPod has no GPU of the kinds the endpoint allows. Allow more kinds.`
          : there === 0
            ? `The endpoint has no worker now. See that Max Workers is not 0: ${idleNote}.`
            : `Workers: ${running} run, ${idle} wait for jobs.`,
    },
  ];
}

function parse<T>(id: string, schema: z.ZodType<T>, answer: unknown): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = `${issue?.path.join('.')}: ${issue?.message}`;
  throw new ProviderError('retry', `The answer of ${id} cannot be used: ${where}.`);
}
