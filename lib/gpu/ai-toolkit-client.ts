import { Readable } from 'node:stream';
import { z } from 'zod';
import { ask, refusalError, retryAfterMs } from './http-reply.ts';
import { ProviderError } from './provider.ts';

/**
 * AI Toolkit's HTTP side, one function a route we use. It is not published and not versioned: the
 * shapes are those of 0.12.26, read leniently. Its job control is GET with effects, so nothing here
 * repeats a request; its answers to `start` and `stop` show the job as it was before.
 */

export interface AiToolkitAddress {
  /** The provider's id, for messages. */
  id: string;
  url: string;
  token: string;
  /** At most 10 s, under half of an attempt's lease. */
  timeoutMs?: number;
}

const jobSchema = z.object({
  id: z.string().regex(/^[A-Za-z0-9-]{1,80}$/),
  name: z.string(),
  gpu_ids: z.string(),
  job_config: z.string(),
  created_at: z.coerce.date(),
  /** Written by the server only, never by the trainer: when the job was started or told to stop. */
  updated_at: z.coerce.date(),
  status: z.string(),
  stop: z.boolean(),
  step: z.int().min(0).catch(0),
  info: z.string().catch(''),
  speed_string: z.string().catch(''),
  pid: z.int().nullable().catch(null),
  job_ref: z.string().nullable().catch(null),
});
export type AiToolkitJob = z.infer<typeof jobSchema>;

const configSchema = z.object({
  config: z.object({
    process: z
      .array(
        z.object({
          train: z.object({ steps: z.int().positive() }),
          model: z.object({ arch: z.string() }),
        }),
      )
      .min(1),
  }),
});

const folder = z
  .string()
  .regex(/^(?:\/|[A-Za-z]:[\\/])/)
  .transform((path) => path.replace(/[\\/]+$/, ''));
const settingsSchema = z.object({ TRAINING_FOLDER: folder, DATASETS_FOLDER: folder });
const createdSchema = z.object({ name: z.string() });
const uploadedSchema = z.object({ files: z.array(z.string()) });
const imagesSchema = z.object({ images: z.array(z.string()) });
const namesSchema = z.array(z.string());
const jobsSchema = z.object({ jobs: z.array(z.unknown()) });
const queuesSchema = z.object({
  queues: z.array(z.object({ gpu_ids: z.string(), is_running: z.boolean() })),
});
const gpusSchema = z.object({ gpus: z.array(z.object({ index: z.int().min(0) })) });
const filesSchema = z.object({
  files: z.array(z.object({ path: z.string(), size: z.int().nonnegative() })),
});
const lossSchema = z.object({
  points: z.array(z.object({ wall_time: z.number(), value: z.number().nullable() })),
});

/** Every row of every job it ever had comes in one answer, each with its whole configuration. */
const maxReplyBytes = 16 * 1024 ** 2;

export function aiToolkitClient({ id, url, token, timeoutMs = 10_000 }: AiToolkitAddress) {
  const access = { id, url, token, timeoutMs, maxBytes: maxReplyBytes };
  const request = (method: string, path: string, body?: BodyInit, type?: string) =>
    ask(access, method, path, body, type);

  /** The answer's JSON; undefined for a 404 or 409 with JSON, which the server means. */
  async function call(method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> {
    const form = body instanceof FormData;
    const { response, text } = await request(
      method,
      path,
      form ? body : body && JSON.stringify(body),
      body && !form ? 'application/json' : undefined,
    );
    const json = jsonOf(text);
    if (response.ok && json !== undefined) return json;
    if ((response.status === 404 || response.status === 409) && json !== undefined)
      return undefined;
    throw refusal(id, `${method} ${path}`, response, text);
  }

  async function read<T>(schema: z.ZodType<T>, path: string, body?: object): Promise<T> {
    const answer = await call(body ? 'POST' : 'GET', path, body);
    const parsed = schema.safeParse(answer);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw unreadable(id, `${path}: ${issue?.path.join('.')}: ${issue?.message}`);
  }

  const jobPath = (job: AiToolkitJob, verb: string) => `/api/jobs/${job.id}/${verb}`;

  return {
    async isAuthenticated(): Promise<void> {
      await call('GET', '/api/auth');
    },

    async folders() {
      const told = await read(settingsSchema, '/api/settings');
      return { training: told.TRAINING_FOLDER, datasets: told.DATASETS_FOLDER };
    },

    /** Also makes the folder of all data sets, without which none can be created. */
    datasetNames: () => read(namesSchema, '/api/datasets/list'),

    /** Making one that is there already is fine. */
    async createDataset(name: string): Promise<void> {
      const made = await read(createdSchema, '/api/datasets/create', { name });
      if (made.name !== name) throw unreadable(id, `data set ${name} became ${made.name}`);
    },

    /** Writes files into a data set. It would write over a file of the same cleaned name. */
    async upload(dataset: string, files: ReadonlyMap<string, Blob>): Promise<void> {
      const form = new FormData();
      form.set('datasetName', dataset);
      for (const [name, blob] of files) form.append('files', blob, name);
      const saved = await read(uploadedSchema, '/api/datasets/upload', form);
      if (saved.files.join() !== [...files.keys()].join()) {
        throw unreadable(id, 'it saved other files than were sent');
      }
    },

    async imageNames(dataset: string): Promise<string[]> {
      const body = { datasetName: dataset };
      return (await read(imagesSchema, '/api/datasets/listImages', body)).images;
    },

    /** Removing one that is not there is fine. */
    async deleteDataset(name: string): Promise<void> {
      await call('POST', '/api/datasets/delete', { name });
    },

    /** Null for a job it does not know: it answers `null` with status 200. */
    jobByRef: (ref: string) =>
      read(jobSchema.nullable(), `/api/jobs?job_ref=${encodeURIComponent(ref)}`),

    /** Every training it has, ended or not. A row that cannot be read is not one of ours. */
    async jobs(): Promise<AiToolkitJob[]> {
      const { jobs } = await read(jobsSchema, '/api/jobs?job_type=train');
      return jobs.flatMap((row) => jobSchema.safeParse(row).data ?? []);
    },

    /** False when its name is taken. */
    async createJob(job: { name: string; gpuIds: string; jobConfig: object }): Promise<boolean> {
      const { name, gpuIds, jobConfig } = job;
      const body = { name, gpu_ids: gpuIds, job_config: jobConfig, job_ref: name };
      return (await call('POST', '/api/jobs', body)) !== undefined;
    },

    /** Puts it at the end of its queue, also when it runs: the caller looks first. */
    async start(job: AiToolkitJob): Promise<void> {
      await call('GET', jobPath(job, 'start'));
    },

    async stop(job: AiToolkitJob): Promise<void> {
      await call('GET', jobPath(job, 'stop'));
    },

    /** Says so in its table and ends nothing. */
    async markStopped(job: AiToolkitJob): Promise<void> {
      await call('GET', jobPath(job, 'mark_stopped'));
    },

    /** With its folder, and without ending its process. */
    async deleteJob(job: AiToolkitJob): Promise<void> {
      await call('GET', jobPath(job, 'delete'));
    },

    async isQueueRunning(gpuIds: string): Promise<boolean> {
      const { queues } = await read(queuesSchema, '/api/queue');
      return queues.some((queue) => queue.gpu_ids === gpuIds && queue.is_running);
    },

    async startQueue(gpuIds: string): Promise<void> {
      await call('GET', `/api/queue/${encodeURIComponent(gpuIds)}/start`);
    },

    async gpuIndexes(): Promise<number[]> {
      return (await read(gpusSchema, '/api/gpu')).gpus.map(({ index }) => index);
    },

    async files(job: AiToolkitJob): Promise<{ path: string; size: number }[]> {
      return (await read(filesSchema, jobPath(job, 'files'))).files;
    },

    /** What the trainer noted last; null when it noted nothing, or when nobody can tell. */
    async lastLoss(job: AiToolkitJob) {
      const query = `loss?key=loss/loss&since_step=${Math.max(-1, job.step - 500)}`;
      try {
        return (await read(lossSchema, jobPath(job, query))).points.at(-1) ?? null;
      } catch (error) {
        // An extra: that it is missing must not hide how a training does.
        if (error instanceof ProviderError && error.kind === 'retry') return null;
        throw error;
      }
    },

    /**
     * A file's bytes. A connection that breaks is taken up where it broke, as long as each one brings
     * some: a proxy may cut every one after a while. Anything but `size` bytes is an error.
     */
    download: (path: string, size: number) =>
      Readable.from(
        downloaded(id, `${url}/api/files/${encodeURIComponent(path)}`, size, timeoutMs),
      ),
  };
}

export type AiToolkitClient = ReturnType<typeof aiToolkitClient>;

/** Steps and architecture of a job, from its own configuration; null when it has none. */
export function plannedIn(job: AiToolkitJob): { steps: number; arch: string } | null {
  const parsed = configSchema.safeParse(jsonOf(job.job_config));
  const process = parsed.data?.config.process[0];
  return process ? { steps: process.train.steps, arch: process.model.arch } : null;
}

async function* downloaded(id: string, address: string, size: number, timeoutMs: number) {
  let offset = 0;
  let fruitless = 0;
  while (offset < size) {
    const before = offset;
    const silence = new AbortController();
    let timer = setTimeout(() => silence.abort(), timeoutMs);
    let problem: unknown = 'it ended too early';
    try {
      // A proxy may keep a file for a day, and another of the same name is another file.
      const response = await fetch(`${address}?v=${size}`, {
        headers: { range: `bytes=${offset}-` },
        redirect: 'manual',
        signal: silence.signal,
      });
      if (response.status !== 206 && !(response.status === 200 && offset === 0)) {
        await response.body?.cancel();
        throw new Error(`status ${response.status}`);
      }
      const reader = response.body?.getReader();
      for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
        clearTimeout(timer);
        offset += part.value.byteLength;
        if (offset > size)
          throw new Error(`it has more than the ${size} bytes it was said to have`);
        yield part.value;
        timer = setTimeout(() => silence.abort(), timeoutMs);
      }
    } catch (cause) {
      problem = cause;
    } finally {
      clearTimeout(timer);
    }
    if (offset > size) break;
    fruitless = offset > before ? 0 : fruitless + 1;
    if (offset < size && fruitless > 2) {
      throw new ProviderError('retry', `A file of ${id} does not arrive.`, null, {
        cause: problem,
      });
    }
  }
  if (offset !== size) throw new ProviderError('retry', `A file of ${id} is longer than it says.`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Its errors are JSON, plain text, a page or nothing at all. */
function refusal(id: string, request: string, response: Response, text: string): ProviderError {
  const { status } = response;
  const message = `${id} answered ${request} with ${status}: ${text.slice(0, 500)}`;
  if (status === 200) return new ProviderError('retry', message, retryAfterMs(response));
  return refusalError(message, response);
}

function unreadable(id: string, why: string): ProviderError {
  return new ProviderError('retry', `The answer of ${id} cannot be used: ${why}.`);
}
