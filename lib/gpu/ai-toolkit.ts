import { type AiToolkitJob, aiToolkitClient, plannedIn } from './ai-toolkit-client.ts';
import { fetchImage } from './fetch-images.ts';
import type { JobInput, WorkerErrorCode } from './protocol.ts';
import {
  type ArtifactSource,
  type GpuProvider,
  type Observation,
  type Phase,
  type Progress,
  ProviderError,
} from './provider.ts';
import {
  aiToolkitJobConfig,
  datasetNameOf,
  finalFileNames,
  isJobName,
  jobNameOf,
  plainCaption,
  secondsPerStepOf,
} from './rules/ai-toolkit-job.ts';
import { type RecipeSheet, recipeSheet } from './rules/recipes.ts';

export interface AiToolkitSettings {
  /** The provider's id, as attempts store it. */
  id: string;
  /** Where `/api` lies, without a slash at the end. Never shown to a browser: its files are public. */
  url: string;
  token: string;
  microUsdPerSecond: number;
  timeoutMs?: number;
  /** How long a trainer that nobody knows of may take to see that it is to stop. */
  quietMs?: number;
}

/** One request carries so much at most: proxies before such servers refuse large ones. */
const batch = { pictures: 4, bytes: 4 * 1024 ** 2 };
const activeStatuses = ['queued', 'running', 'stopping'];

/** How AI Toolkit is told to run a job. Throws `reject` for a name or a recipe that is none. */
export function demandSheet({ name, recipe, baseModel }: JobInput): RecipeSheet {
  const sheet = recipeSheet(recipe.id);
  if (sheet?.baseModel !== baseModel || !isJobName(name)) {
    throw new ProviderError('reject', `${name}: no recipe ${recipe.id} for ${baseModel} is known.`);
  }
  return sheet;
}

/**
 * The adapter for an AI Toolkit server (ostris/ai-toolkit 0.12.26). A job's id here is our own name
 * of it: row, data set and result are all called by it, so each of them is found and removed whatever
 * a crash left of the others. It has no callbacks; how a job does is only ever asked.
 */
export function createAiToolkit(settings: AiToolkitSettings): GpuProvider {
  const { id, microUsdPerSecond, quietMs = 10_000 } = settings;
  const client = aiToolkitClient(settings);
  /** Two submits of one name at once would start one job twice. */
  const submitting = new Map<string, Promise<void>>();

  /** Our job of that name; anything that is not one of our names is never asked for. */
  async function find(name: string): Promise<AiToolkitJob | null> {
    if (!isJobName(name)) return null;
    const job = await client.jobByRef(name);
    return job?.name === name ? job : null;
  }

  async function submit(job: JobInput): Promise<void> {
    const sheet = demandSheet(job);
    if (!(await find(job.name))) {
      const folders = await client.folders();
      await fillDataset(job);
      await client.createJob({
        name: job.name,
        gpuIds: await freestGpu(),
        jobConfig: aiToolkitJobConfig(job, sheet, folders),
      });
    }
    const made = await find(job.name);
    if (!made) throw new ProviderError('retry', `${id} does not know the job it was just given.`);
    await setGoing(made);
  }

  async function fillDataset(job: JobInput): Promise<void> {
    const dataset = datasetNameOf(job.name);
    await client.datasetNames();
    await client.createDataset(dataset);
    const names: string[] = [];
    let files = new Map<string, Blob>();
    let bytes = 0;
    const flush = async () => {
      if (files.size > 0) await client.upload(dataset, files);
      files = new Map();
      bytes = 0;
    };
    for (const [index, image] of job.images.entries()) {
      const picture = await fetchImage(image);
      if (files.size >= 2 * batch.pictures || bytes + picture.bytes.length > batch.bytes) {
        await flush();
      }
      const stem = String(index + 1).padStart(4, '0');
      const name = `${stem}.${picture.extension}`;
      names.push(name);
      files.set(name, new Blob([picture.bytes]));
      files.set(`${stem}.txt`, new Blob([plainCaption(image.caption)]));
      bytes += picture.bytes.length;
    }
    await flush();
    if ((await client.imageNames(dataset)).join() !== names.join()) {
      throw new ProviderError('retry', `${id} holds other pictures than it was given.`);
    }
  }

  /** The GPU with the shortest queue. */
  async function freestGpu(): Promise<string> {
    const [gpus, jobs] = [await client.gpuIndexes(), await client.jobs()];
    const waiting = (gpu: number) =>
      jobs.filter((job) => job.gpu_ids === String(gpu) && activeStatuses.includes(job.status))
        .length;
    const [first] = gpus.toSorted((a, b) => waiting(a) - waiting(b));
    if (first === undefined) throw new ProviderError('config', `${id} has no GPU.`);
    return String(first);
  }

  /**
   * Starting a job only puts it into its queue, and a queue stops by itself when it is empty: both are
   * pushed on whenever they are seen to stand. A job that runs is left alone: started again it would
   * run twice.
   */
  async function setGoing(job: AiToolkitJob): Promise<void> {
    if (isNotStarted(job)) {
      await client.start(job);
      await client.startQueue(job.gpu_ids);
    } else if (job.status === 'queued' && !(await client.isQueueRunning(job.gpu_ids))) {
      await client.startQueue(job.gpu_ids);
    }
  }

  async function progressOf(job: AiToolkitJob, phase: Phase): Promise<Progress> {
    const last = job.step > 0 ? await client.lastLoss(job) : null;
    const trainedMs = last ? last.wall_time * 1_000 - job.updated_at.getTime() : 0;
    return {
      phase,
      step: job.step,
      // Its own `total_steps` stays null for trainings.
      totalSteps: plannedIn(job)?.steps ?? null,
      loss: last?.value ?? null,
      secondsPerStep: secondsPerStepOf(job.speed_string),
      gpuSeconds: Math.max(0, trainedMs / 1_000),
    };
  }

  async function artifactsOf(job: AiToolkitJob): Promise<ArtifactSource[]> {
    const files = await client.files(job);
    return [...finalFileNames(job.name, plannedIn(job)?.arch ?? '')].flatMap(([role, name]) => {
      const file = files.find(
        ({ path }) => path.split(/[\\/]/).slice(-2).join('/') === `${job.name}/${name}`,
      );
      if (!file) return [];
      return { role, kind: 'remote', open: async () => client.download(file.path, file.size) };
    });
  }

  async function cancel(job: AiToolkitJob): Promise<void> {
    if (['completed', 'error'].includes(job.status)) return;
    // Told to stop, a job in the queue would run all the same.
    if (job.status === 'queued' || isNotStarted(job)) return client.markStopped(job);
    if (job.status === 'stopped') return;
    await client.stop(job);
    const after = await find(job.name);
    // Its process is gone, so nobody will ever say that it has stopped.
    if (after && !['stopped', 'completed', 'error'].includes(after.status)) {
      await client.markStopped(after);
    }
  }

  return {
    id,

    async submit(job) {
      const under = submitting.get(job.name) ?? submit(job);
      submitting.set(job.name, under);
      try {
        await under;
      } finally {
        submitting.delete(job.name);
      }
      return { externalJobId: job.name };
    },

    async findByName(name) {
      if (!isJobName(name)) return null;
      const job = await find(name);
      if (job) return { externalJobId: name, name, createdAt: job.created_at };
      // Pictures without a job; nobody notes since when.
      return (await client.datasetNames()).includes(datasetNameOf(name))
        ? { externalJobId: name, name, createdAt: new Date(0), isUnfinished: true }
        : null;
    },

    async observe(name): Promise<Observation> {
      const job = await find(name);
      if (!job) return { state: 'not_found' };
      if (job.status === 'queued' || isNotStarted(job)) {
        await setGoing(job);
        return { state: 'queued' };
      }
      switch (job.status) {
        case 'completed':
          return {
            state: 'succeeded',
            progress: await progressOf(job, 'uploading'),
            artifacts: await artifactsOf(job),
            samples: [],
          };
        case 'stopped':
          return { state: 'cancelled', progress: await progressOf(job, 'training') };
        case 'error':
          return {
            state: 'failed',
            ...failureIn(job.info),
            message: job.info.slice(0, 2_000),
            progress: await progressOf(job, 'training'),
            samples: [],
          };
        // A status nobody has told us of is taken for a job that runs: our own clock ends it.
        default:
          return {
            state: 'running',
            progress: await progressOf(job, phaseIn(job.info)),
            samples: [],
          };
      }
    },

    async cancel(name) {
      const job = await find(name);
      if (job) await cancel(job);
    },

    async list() {
      const jobs = (await client.jobs()).filter(({ name }) => isJobName(name));
      const known = new Set(jobs.map(({ name }) => name));
      // A data set alone is a submit that was never finished; nobody notes when it was made.
      const left = (await client.datasetNames())
        .flatMap((dataset) => jobNameOf(dataset) ?? [])
        .filter((name) => !known.has(name));
      return [
        ...jobs.map((job) => ({ name: job.name, createdAt: job.created_at })),
        ...left.map((name) => ({ name, createdAt: new Date(0), isUnfinished: true })),
      ].map((job) => ({ ...job, externalJobId: job.name, observation: null }));
    },

    async release(name) {
      if (!isJobName(name)) return;
      const job = await find(name);
      if (job) {
        await cancel(job);
        const after = await find(name);
        if (after && isStillStopping(after, quietMs)) {
          // Removed now, its process would go on and make everything anew.
          throw new ProviderError('busy', `${id} is still ending ${name}.`);
        }
        if (after) await client.deleteJob(after);
      }
      await client.deleteDataset(datasetNameOf(name));
    },

    price: () => ({ microUsdPerSecond }),

    async check() {
      await client.isAuthenticated();
      const folders = await client.folders();
      const gpus = await client.gpuIndexes();
      return [
        { isFine: true, say: 'The server answers and takes our token.' },
        { isFine: true, say: `It keeps data sets in ${folders.datasets}.` },
        gpus.length > 0
          ? { isFine: true, say: `GPUs it sees: ${gpus.length}.` }
          : { isFine: false, say: 'It sees no GPU. Look at its driver with nvidia-smi.' },
      ];
    },
  };
}

/** Made, and then nobody came to start it. */
function isNotStarted({ status, stop, step, pid, info }: AiToolkitJob): boolean {
  return status === 'stopped' && !stop && step === 0 && pid === null && info === '';
}

/**
 * Its row says stopped while its process may still be putting its things away; the process' own last
 * word is "Job stopped". Without that word it gets a while: a short one where none is known, because
 * one may have been started in the moment its job was marked; a long one where it is.
 */
function isStillStopping(job: AiToolkitJob, quietMs: number): boolean {
  if (activeStatuses.includes(job.status)) return true;
  if (job.status !== 'stopped' || ['', 'Job stopped'].includes(job.info)) return false;
  const waitMs = job.pid === null ? quietMs : 12 * quietMs;
  return Date.now() - job.updated_at.getTime() < waitMs;
}

const phases: readonly (readonly [start: RegExp, phase: Phase])[] = [
  [/^Training/, 'training'],
  [/^Stopping/, 'training'],
  [/^Saving/, 'training'],
  [/^Generating images/, 'sampling'],
  [/^Loading dataset/, 'caching'],
];

/** The trainer's own words for what it does; what else it says is said before the first step. */
function phaseIn(info: string): Phase {
  return phases.find(([start]) => start.test(info))?.[1] ?? 'preparing';
}

const failures: readonly (readonly [text: RegExp, code: WorkerErrorCode, retryable: boolean])[] = [
  [/out of memory/i, 'OOM', false],
  [/\bnan\b/i, 'NAN_LOSS', true],
  [/cannot identify image|image file is truncated/i, 'BAD_IMAGE', false],
  // Another run would fill the same disk, and be paid for as well.
  [/no space left on device/i, 'INTERNAL', false],
  [/terminated with signal/i, 'PREEMPTED', true],
];

/** What an exception's text comes to. */
function failureIn(info: string): { code: WorkerErrorCode; retryable: boolean } {
  const found = failures.find(([text]) => text.test(info));
  return found ? { code: found[1], retryable: found[2] } : { code: 'INTERNAL', retryable: true };
}
