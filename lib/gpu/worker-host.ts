import { z } from 'zod';
import { ask, refusalError, retryAfterMs } from './http-reply.ts';
import { type HostJob, hostErrorSchema, hostJobListSchema, hostJobSchema } from './protocol.ts';
import {
  type GpuProvider,
  type Observation,
  type Progress,
  ProviderError,
  type ProviderJob,
} from './provider.ts';

export interface WorkerHostSettings {
  /** The provider's id, as attempts store it. */
  id: string;
  /** Where `/jobs` lies, without a slash at the end. */
  url: string;
  token: string;
  microUsdPerSecond: number;
  /** At most 10 s, under half of an attempt's lease. */
  timeoutMs?: number;
}

const maxReplyBytes = 1024 * 1024;
/** Ten thousand jobs with their samples. */
const maxListBytes = 64 * 1024 * 1024;

/**
 * The adapter for any host that speaks our worker protocol over HTTP (`docs/worker-protocol.md`),
 * the sandbox GPU first of all. Each call is one request, ends within `timeoutMs`, and throws only
 * `ProviderError`.
 */
export function createWorkerHost(settings: WorkerHostSettings): GpuProvider {
  const { id, url, token, microUsdPerSecond, timeoutMs = 10_000 } = settings;

  /**
   * One request. Null when the host says `not_found`. Any other 404 comes from somebody else at a
   * wrong address, and must not pass for a lost job.
   */
  async function call(
    method: string,
    path: string,
    body?: unknown,
    maxBytes = maxReplyBytes,
  ): Promise<string | null> {
    const { response, text } = await ask(
      { id, url, token, timeoutMs, maxBytes },
      method,
      path,
      body === undefined ? undefined : JSON.stringify(body),
      body === undefined ? undefined : 'application/json',
    );
    if (response.ok) return text;
    if (response.status === 404 && errorCode(text) === 'not_found') return null;
    throw refusal(id, `${method} ${path}`, response, text);
  }

  async function listJobs(query: string): Promise<HostJob[]> {
    const text = await call('GET', `/jobs${query}`);
    if (text === null) throw notAHost(id);
    return parse(id, hostJobListSchema, text).jobs;
  }

  return {
    id,

    async submit(job) {
      const text = await call('POST', '/jobs', job);
      if (text === null) throw notAHost(id);
      const made = parse(id, hostJobSchema, text);
      if (made.name !== job.name) throw unreadable(id, 'it answered with another job');
      return { externalJobId: made.id };
    },

    async findByName(name) {
      const jobs = await listJobs(`?name=${encodeURIComponent(name)}`);
      const job = jobs.find((candidate) => candidate.name === name);
      return job ? asProviderJob(job) : null;
    },

    async observe(externalJobId) {
      const text = await call('GET', pathOf(externalJobId));
      if (text === null) return { state: 'not_found' };
      return asObservation(id, parse(id, hostJobSchema, text));
    },

    async cancel(externalJobId) {
      const text = await call('POST', `${pathOf(externalJobId)}/cancel`);
      // Somebody else's page between us is no word that the job has stopped.
      if (text !== null) parse(id, hostJobSchema, text);
    },

    async list() {
      const text = await call('GET', '/jobs', undefined, maxListBytes);
      if (text === null) throw notAHost(id);
      // Each for itself: one job that cannot be read must not hide how all others do.
      return parse(id, listedJobsSchema, text).jobs.map((listed) => {
        const job = hostJobSchema.safeParse(withoutOddSamples(listed));
        return {
          ...asProviderJob(listed),
          observation: job.success ? observationOrNull(id, job.data) : null,
        };
      });
    },

    async release(externalJobId) {
      if (await call('DELETE', pathOf(externalJobId))) {
        throw unreadable(id, 'it answers a removal with a page');
      }
    },

    price: () => ({ microUsdPerSecond }),

    async check() {
      const text = await call('GET', '/jobs', undefined, maxListBytes);
      if (text === null) throw notAHost(id);
      const { jobs } = parse(id, listedJobsSchema, text);
      return [
        {
          isFine: true,
          say: `The host answers and takes our token; it holds ${jobs.length} jobs.`,
        },
      ];
    },
  };
}

function pathOf(externalJobId: string): string {
  return `/jobs/${encodeURIComponent(externalJobId)}`;
}

/** What every job of a list must say, whatever else of it can be read. */
const listedJobsSchema = z.object({
  jobs: z.array(hostJobSchema.pick({ id: true, name: true, createdAt: true }).loose()),
});

function observationOrNull(id: string, job: HostJob): Observation | null {
  try {
    return asObservation(id, job);
  } catch {
    return null;
  }
}

function asProviderJob({
  id,
  name,
  createdAt,
}: Pick<HostJob, 'id' | 'name' | 'createdAt'>): ProviderJob {
  return { externalJobId: id, name, createdAt: new Date(createdAt) };
}

function asObservation(id: string, job: HostJob): Observation {
  const progress: Progress = job.progress;
  const samples = job.samples ?? [];
  switch (job.state) {
    case 'queued':
      return { state: 'queued' };
    case 'running':
      return { state: 'running', progress, samples };
    case 'cancelled':
      return { state: 'cancelled', progress };
    case 'failed':
      if (!job.error) throw unreadable(id, 'a failed job has no error');
      return { state: 'failed', ...job.error, progress, samples };
    case 'succeeded':
      if (job.files.length === 0) throw unreadable(id, 'a job that succeeded has no files');
      return {
        state: 'succeeded',
        progress,
        samples,
        artifacts: job.files.map((file) => ({ kind: 'stored', ...file })),
      };
  }
}

function refusal(id: string, request: string, response: Response, text: string): ProviderError {
  const { status } = response;
  const message = `${id} answered ${request} with ${status}: ${text.slice(0, 500)}`;
  if (status === 503 && errorCode(text) === 'no_capacity') {
    return new ProviderError('busy', message, retryAfterMs(response));
  }
  return refusalError(message, response);
}

function errorCode(text: string): string | null {
  try {
    const error = hostErrorSchema.safeParse(JSON.parse(text));
    return error.success ? error.data.error : null;
  } catch {
    return null;
  }
}

function parse<T>(id: string, schema: z.ZodType<T>, text: string): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw unreadable(id, 'it is not JSON');
  }
  const parsed = schema.safeParse(withoutOddSamples(json));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw unreadable(id, `${issue?.path.join('.')}: ${issue?.message}`);
}

/** Samples are an extra: a list of them that breaks the schema must not hide how a training does. */
function withoutOddSamples(json: unknown): unknown {
  if (typeof json !== 'object' || json === null || !('samples' in json)) return json;
  const { samples, ...rest } = json;
  return hostJobSchema.shape.samples.safeParse(samples).success ? json : rest;
}

function unreadable(id: string, why: string): ProviderError {
  return new ProviderError('retry', `The answer of ${id} cannot be used: ${why}.`);
}

function notAHost(id: string): ProviderError {
  return new ProviderError('config', `The address of ${id} has no /jobs.`);
}
