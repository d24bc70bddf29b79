import type { z } from 'zod';
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
const maxRetryAfterMs = 10 * 60_000;

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
  async function call(method: string, path: string, body?: unknown): Promise<string | null> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        // The token goes to the configured address and nowhere else.
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      });
      text = await readText(response);
    } catch (cause) {
      if (cause instanceof ProviderError) throw cause;
      throw new ProviderError('retry', `${id} did not answer ${method} ${path}.`, null, { cause });
    }
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
      await call('POST', `${pathOf(externalJobId)}/cancel`);
    },

    async list() {
      return (await listJobs('')).map(asProviderJob);
    },

    async release(externalJobId) {
      await call('DELETE', pathOf(externalJobId));
    },

    price: () => ({ microUsdPerSecond }),
  };
}

function pathOf(externalJobId: string): string {
  return `/jobs/${encodeURIComponent(externalJobId)}`;
}

function asProviderJob({ id, name, createdAt }: HostJob): ProviderJob {
  return { externalJobId: id, name, createdAt: new Date(createdAt) };
}

function asObservation(id: string, job: HostJob): Observation {
  const progress: Progress = job.progress;
  switch (job.state) {
    case 'queued':
      return { state: 'queued' };
    case 'running':
    case 'cancelled':
      return { state: job.state, progress };
    case 'failed':
      if (!job.error) throw unreadable(id, 'a failed job has no error');
      return { state: 'failed', ...job.error, progress };
    case 'succeeded':
      if (job.files.length === 0) throw unreadable(id, 'a job that succeeded has no files');
      return {
        state: 'succeeded',
        progress,
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
  if (status >= 500 || status === 429 || status === 408) {
    return new ProviderError('retry', message, retryAfterMs(response));
  }
  // A redirect, a foreign 404 and a refused method mean the address is wrong, not the job.
  const isConfiguration = status < 400 || [401, 403, 404, 405, 407].includes(status);
  return new ProviderError(isConfiguration ? 'config' : 'reject', message);
}

function errorCode(text: string): string | null {
  try {
    const error = hostErrorSchema.safeParse(JSON.parse(text));
    return error.success ? error.data.error : null;
  } catch {
    return null;
  }
}

/** Seconds or a date, as HTTP allows; null when there is none. */
function retryAfterMs(response: Response): number | null {
  const value = response.headers.get('retry-after');
  if (value === null) return null;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), maxRetryAfterMs);
}

function parse<T>(id: string, schema: z.ZodType<T>, text: string): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw unreadable(id, 'it is not JSON');
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw unreadable(id, `${issue?.path.join('.')}: ${issue?.message}`);
}

function unreadable(id: string, why: string): ProviderError {
  return new ProviderError('retry', `The answer of ${id} cannot be used: ${why}.`);
}

function notAHost(id: string): ProviderError {
  return new ProviderError('config', `The address of ${id} has no /jobs.`);
}

async function readText(response: Response): Promise<string> {
  if (!response.body) return '';
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    bytes += read.value.byteLength;
    if (bytes > maxReplyBytes) {
      await reader.cancel();
      throw new ProviderError('retry', `The answer has more than ${maxReplyBytes} bytes.`);
    }
    text += decoder.decode(read.value, { stream: true });
  }
  return text + decoder.decode();
}
