import { createHmac } from 'node:crypto';
import { createAiToolkit, demandSheet } from './ai-toolkit.ts';
import { aiToolkitClient } from './ai-toolkit-client.ts';
import type { JobInput } from './protocol.ts';
import {
  type Check,
  type GpuProvider,
  type Observation,
  ProviderError,
  type ProviderJob,
  type Rent,
} from './provider.ts';
import { isJobName } from './rules/ai-toolkit-job.ts';
import { type RecipeSheet, recipes } from './rules/recipes.ts';
import { beginning } from './rules/reported-observation.ts';
import { type CatalogGpu, type Pod, type RunPodAccess, runPodClient } from './runpod-client.ts';

export interface RunPodSettings extends RunPodAccess {
  /** Where a pod's port 8675 is reached; `{pod}` stands for its id. */
  proxyUrl: string;
  /** AI Toolkit, at the version the adapter knows. */
  image: string;
  /** GPU types by RunPod's ids, the first choice first. */
  gpus: readonly string[];
  cloud: 'SECURE' | 'COMMUNITY';
  maxCentsPerHour: number;
  diskGb: number;
  /** For gated base models; RunPod fills in `{{ RUNPOD_SECRET_… }}`. Empty: none. */
  hfToken: string;
  /** Every pod's token is made from it, and not kept. */
  masterSecret: string;
  bootMinutes: number;
  /** What a GPU second is estimated to cost; what it does cost, the pod says. */
  microUsdPerSecond: number;
  /** How old a list of pods may be for a look at a training: one call serves them all. */
  listEveryMs?: number;
  quietMs?: number;
}

const bootLookMs = 15_000;
/** A kind of GPU whose pod did not come up is left alone for so long. */
const avoidMs = 30 * 60_000;
const endedStatuses = ['EXITED', 'ERROR', 'TERMINATED'];

/**
 * The pod's own end, whatever becomes of us: past the training's deadline it removes itself with the
 * key that RunPod puts into it, or at least stops.
 */
const startCommand = `bash -c '(sleep "$LIKENESS_MAX_SECONDS"; until runpodctl pod delete "$RUNPOD_POD_ID" || runpodctl pod stop "$RUNPOD_POD_ID"; do sleep 60; done) & exec /start.sh'`;

/**
 * The adapter for RunPod pods (REST v2): one pod a training, with AI Toolkit in it. A pod carries the
 * job's name, which says whose it is; it is looked for by that before another is made, and terminated,
 * never stopped, in every ending. Within a pod the AI Toolkit adapter does the work.
 */
export function createRunPod(settings: RunPodSettings): GpuProvider {
  const { id, masterSecret, listEveryMs = 10_000 } = settings;
  const client = runPodClient(settings);
  const avoided = new Map<string, number>();
  const submitting = new Map<string, Promise<Pod>>();
  /** Pods that no list has shown yet, by name: lists lag, and a second order would bill as well. */
  const unlisted = new Map<string, Pod>();
  let lastList: { at: number; pods: Promise<Pod[]> } | null = null;

  /**
   * The pods of Likeness, oldest first, in a list that is at most `maxAgeMs` old. Names are enough to
   * go by: ours have the installation and the attempt in them, and only exact names are ever acted on.
   */
  async function ourPods(maxAgeMs: number): Promise<Pod[]> {
    if (!lastList || Date.now() - lastList.at >= maxAgeMs) {
      const pods = client.pods();
      lastList = { at: Date.now(), pods };
      pods.catch(() => {
        lastList = null;
      });
    }
    return (await lastList.pods)
      .filter(({ name, status }) => isJobName(name) && status !== 'TERMINATED')
      .sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
  }

  /** The pod of a job. Where a lost answer has led to several, the oldest stays. */
  async function findPod(name: string, maxAgeMs = 0): Promise<Pod | null> {
    const [pod, ...extra] = (await ourPods(maxAgeMs)).filter((known) => known.name === name);
    for (const { id: podId } of extra) await deletePod(podId);
    if (pod) unlisted.delete(name);
    return pod ?? unlisted.get(name) ?? null;
  }

  async function deletePod(podId: string): Promise<void> {
    lastList = null;
    await client.deletePod(podId);
    for (const [name, pod] of unlisted) if (pod.id === podId) unlisted.delete(name);
  }

  const podToken = (name: string) =>
    createHmac('sha256', masterSecret).update(`likeness:pod:${name}`).digest('hex');

  function address(podId: string, name: string) {
    return {
      id: `${id} pod ${podId}`,
      url: settings.proxyUrl.replaceAll('{pod}', podId),
      token: podToken(name),
      timeoutMs: settings.timeoutMs,
    };
  }

  function inside(podId: string, name: string): GpuProvider {
    const { microUsdPerSecond, quietMs } = settings;
    return createAiToolkit({ ...address(podId, name), microUsdPerSecond, quietMs });
  }

  /** The pod says RUNNING long before its program answers. */
  async function isBooted({ id: podId, name }: Pod): Promise<boolean> {
    try {
      await aiToolkitClient(address(podId, name)).isAuthenticated();
      return true;
    } catch (error) {
      if (error instanceof ProviderError) return false;
      throw error;
    }
  }

  async function submit(job: JobInput): Promise<Pod> {
    const sheet = demandSheet(job);
    const pod = (await findPod(job.name)) ?? (await create(job, sheet));
    const isLate = Date.now() - pod.createdAt.getTime() >= settings.bootMinutes * 60_000;
    if (endedStatuses.includes(pod.status) || !(await isBooted(pod))) {
      if (!isLate && !endedStatuses.includes(pod.status)) {
        throw new ProviderError('busy', `Pod ${pod.id} is starting.`, bootLookMs);
      }
      if (pod.gpu) avoided.set(pod.gpu.id, Date.now() + avoidMs);
      await deletePod(pod.id);
      throw new ProviderError('busy', `Pod ${pod.id} (${pod.status}) did not start.`, bootLookMs, {
        spentMicroUsd: Math.round(secondsThere(pod) * rentOf(pod).microUsdPerSecond),
      });
    }
    await inside(pod.id, job.name).submit(job).catch(ofOnePod);
    return pod;
  }

  /** One create a candidate: RunPod does not fall back by itself. */
  async function create(job: JobInput, sheet: RecipeSheet): Promise<Pod> {
    const candidates = await candidatesFor(sheet);
    const left = (new Date(job.limits.deadlineAt).getTime() - Date.now()) / 1_000;
    const refusals: { refused: number; detail: string }[] = [];
    for (const gpu of candidates) {
      lastList = null;
      const made = await client.createPod({
        name: job.name,
        image: settings.image,
        gpu: { id: gpu, count: 1, minCudaVersion: '13.0' },
        cloud: settings.cloud,
        disk: settings.diskGb,
        ports: ['8675/http'],
        env: {
          AI_TOOLKIT_AUTH: podToken(job.name),
          HF_HUB_DISABLE_XET: '1',
          LIKENESS_MAX_SECONDS: String(Math.max(60, Math.ceil(left) + 15 * 60)),
          ...(settings.hfToken && { HF_TOKEN: settings.hfToken }),
        },
        args: startCommand,
      });
      lastList = null;
      if ('id' in made) {
        unlisted.set(job.name, made);
        return made;
      }
      refusals.push(made);
    }
    const said = refusals.map(({ detail }) => detail).join(' | ');
    if (refusals.every(({ refused }) => refused === 403)) {
      throw new ProviderError('config', `${id} may use none of its GPUs: ${said}`);
    }
    throw new ProviderError('busy', `${id} has no GPU free: ${said}`, 60_000);
  }

  const cloud = settings.cloud === 'SECURE' ? 'secure' : 'community';

  /** The operator's GPUs, in their order, that are large enough and within the price. */
  function fittingIn(catalog: CatalogGpu[], sheet: RecipeSheet): CatalogGpu[] {
    return settings.gpus
      .flatMap((wanted) => catalog.find((known) => known.id === wanted) ?? [])
      .filter(
        ({ memory, price }) =>
          memory >= sheet.minVramGb &&
          price[cloud] > 0 &&
          price[cloud] * 100 <= settings.maxCentsPerHour,
      );
  }

  const noneFits = (sheet: RecipeSheet) =>
    `no GPU of RUNPOD_GPUS has ${sheet.minVramGb} GB for at most RUNPOD_MAX_CENTS_PER_HOUR (${settings.maxCentsPerHour}).`;

  async function candidatesFor(sheet: RecipeSheet): Promise<string[]> {
    const fitting = fittingIn(await client.gpus(), sheet).map((gpu) => gpu.id);
    if (fitting.length === 0) throw new ProviderError('config', `${id}: ${noneFits(sheet)}`);
    const now = Date.now();
    const rested = fitting.filter((gpu) => (avoided.get(gpu) ?? 0) < now);
    return rested.length > 0 ? rested : fitting;
  }

  /** What a recipe would be trained on now. */
  function checkRecipe(catalog: CatalogGpu[], recipeId: string, sheet: RecipeSheet): Check {
    const fitting = fittingIn(catalog, sheet);
    if (fitting.length === 0) return { isFine: false, say: `${recipeId}: ${noneFits(sheet)}` };
    const told = fitting.map((gpu) => {
      const stock = gpu.availability === undefined ? '' : `, stock ${gpu.availability}`;
      return `${gpu.id} (${gpu.price[cloud].toFixed(2)} USD an hour${stock})`;
    });
    return { isFine: true, say: `${recipeId}: ${told.join(', then ')}.` };
  }

  async function observe(podId: string, name: string): Promise<Observation> {
    const pods = await ourPods(listEveryMs);
    // An id can change when RunPod moves a pod; its name does not.
    const pod =
      pods.find((known) => known.id === podId) ?? pods.find((known) => known.name === name);
    if (!pod) return { state: 'not_found' };
    const gpuSeconds = secondsThere(pod);
    const gone = (why: string): Observation => ({
      state: 'failed',
      code: 'PREEMPTED',
      retryable: true,
      message: `Pod ${pod.id} ${why}.`,
      progress: { ...beginning, gpuSeconds },
      samples: [],
    });
    if (endedStatuses.includes(pod.status)) return gone(`is ${pod.status}`);
    const seen = await inside(pod.id, name).observe(name).catch(ofOnePod);
    // Its disk was wiped, and the training with it.
    if (seen.state === 'not_found') return gone('has lost its job');
    return 'progress' in seen ? { ...seen, progress: { ...seen.progress, gpuSeconds } } : seen;
  }

  return {
    id,

    async submit(job) {
      const under = submitting.get(job.name) ?? submit(job);
      submitting.set(job.name, under);
      try {
        const pod = await under;
        return { externalJobId: `${pod.id}/${job.name}`, rent: rentOf(pod) };
      } finally {
        submitting.delete(job.name);
      }
    },

    async findByName(name) {
      if (!isJobName(name)) return null;
      const pod = await findPod(name);
      if (!pod) return null;
      const job = await inside(pod.id, name)
        .findByName(name)
        .catch((error) => {
          if (error instanceof ProviderError) return null;
          throw error;
        });
      const there = asProviderJob(pod);
      return !job || job.isUnfinished ? { ...there, isUnfinished: true } : there;
    },

    async observe(externalJobId) {
      const place = placeOf(externalJobId);
      return place ? observe(place.podId, place.name) : { state: 'not_found' };
    },

    /** Whether it hears or not: what ends the cost is `release`. */
    async cancel(externalJobId) {
      const place = placeOf(externalJobId);
      if (!place) return;
      await inside(place.podId, place.name)
        .cancel(place.name)
        .catch((error) => {
          if (!(error instanceof ProviderError)) throw error;
        });
    },

    async list() {
      return (await ourPods(listEveryMs)).map((pod) => ({
        ...asProviderJob(pod),
        observation: null,
      }));
    },

    /** Gone is what was deleted and is in no list afterwards: a deletion alone proves nothing. */
    async release(externalJobId) {
      const place = placeOf(externalJobId);
      if (!place) return;
      await deletePod(place.podId);
      const left = (await ourPods(0)).filter(({ name }) => name === place.name);
      for (const { id: podId } of left) await deletePod(podId);
      if (left.length > 0) throw new ProviderError('busy', `Pod ${place.podId} is ending.`, 5_000);
    },

    price: () => ({ microUsdPerSecond: settings.microUsdPerSecond }),

    async billed(externalJobIds, from) {
      const dollars = await client.bills(from);
      return new Map(
        externalJobIds.flatMap((externalJobId) => {
          const sum = dollars.get(placeOf(externalJobId)?.podId ?? '');
          return sum === undefined ? [] : [[externalJobId, Math.round(sum * 1_000_000)] as const];
        }),
      );
    },

    async check(baseModels) {
      const [pods, catalog] = [await ourPods(0), await client.gpus()];
      const perHour = pods.reduce((sum, { cost }) => sum + cost, 0);
      const isPinned = /@sha256:|:(?!latest$)[\w.-]+$/.test(settings.image);
      return [
        {
          isFine: true,
          say: `The key is accepted. Pods of Likeness now: ${pods.length}, ${perHour.toFixed(2)} USD an hour.`,
        },
        {
          isFine: isPinned,
          say: isPinned
            ? `Image: ${settings.image}.`
            : `RUNPOD_IMAGE names no version: ${settings.image} may change under a training.`,
        },
        ...Object.entries(recipes)
          .filter(([, { baseModel }]) => !baseModels || baseModels.includes(baseModel))
          .map(([recipeId, sheet]) => checkRecipe(catalog, recipeId, sheet)),
      ];
    },
  };
}

/**
 * What goes wrong within one pod may pass, and says nothing about RunPod or the settings: the others
 * are fine. Only a job that was refused for good stays refused.
 */
function ofOnePod(error: unknown): never {
  if (!(error instanceof ProviderError) || error.kind === 'reject') throw error;
  throw new ProviderError('busy', error.message, error.retryAfterMs, { cause: error });
}

function asProviderJob(pod: Pod): ProviderJob {
  const { id, name, createdAt } = pod;
  return { externalJobId: `${id}/${name}`, name, createdAt, rent: rentOf(pod) };
}

/** A pod says itself what it costs, in dollars an hour. */
function rentOf({ createdAt, cost }: Pod): Rent {
  return { since: createdAt, microUsdPerSecond: Math.round((cost * 1_000_000) / 3_600) };
}

/** From its order until now. */
function secondsThere({ createdAt }: Pod): number {
  return Math.max(0, (Date.now() - createdAt.getTime()) / 1_000);
}

/** A job's id here: the pod it was started in and its own name, from which its token is made. */
function placeOf(externalJobId: string): { podId: string; name: string } | null {
  const [, podId, name] = /^([A-Za-z0-9_-]{1,80})\/([a-z0-9-]+)$/.exec(externalJobId) ?? [];
  return podId && name && isJobName(name) ? { podId, name } : null;
}
