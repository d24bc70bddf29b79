import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { removeUnder } from '../deletions/remove-objects.ts';
import { type JobInput, protocolVersion } from '../gpu/protocol.ts';
import { type GpuProvider, type Observation, ProviderError } from '../gpu/provider.ts';
import { attemptSecret } from '../gpu/signature.ts';
import { attemptPrefix, incomingImageKey, incomingOwnerPrefix } from '../storage/keys.ts';
import { store } from '../storage/store.ts';
import { accrued, priceAtSubmit } from './gpu-cost.ts';
import { patienceWith } from './patience.ts';
import type { BaseModelId } from './rules/base-models.ts';
import { reasonByWorkerCode } from './rules/failure-reasons.ts';
import type { Patience } from './rules/patience.ts';
import { ArtifactError, storeArtifacts } from './store-artifact.ts';
import {
  makeTrialPictures,
  pause,
  planTrial,
  type Trial,
  TrialFailed,
  type TrialWatch,
} from './trial.ts';

const triggerWord = 'ohwx_trial';

/**
 * A whole training of ten steps with made-up pictures, for the operator, at a provider that is only
 * ever asked: order, pictures, steps, file, its checks, removal. It costs money, and leaves nothing
 * behind. Its job is in no table and has no name of this installation, so that nobody takes it for an
 * orphan: should this process die, a pod ends by its own timer. It has the patience of a training.
 * Throws what went wrong.
 */
export async function trialByAsking(
  provider: GpuProvider,
  baseModel: BaseModelId,
  { pauseMs = 10_000, ...watch }: TrialWatch,
  patience = patienceWith(provider.id),
): Promise<Trial> {
  const { tell } = watch;
  const wait = { ...watch, pauseMs, patience };
  const startedAt = Date.now();
  const attemptId = randomUUID();
  const name = `likeness-trial-${attemptId}`;
  let cost = {
    provider: provider.id,
    gpuSeconds: 0,
    spentInVainMicroUsd: 0n,
    ...priceAtSubmit(provider.id, undefined),
  };
  let trial: Trial;
  try {
    const job = await makeJob(attemptId, name, baseModel);
    const { externalJobId, rent } = await submit(provider, job, wait);
    cost = { ...cost, ...priceAtSubmit(provider.id, rent) };
    const end = await watchJob(provider, job, externalJobId, wait);
    const files = await checkFiles(attemptId, job, end);
    await removeJob(provider, name, tell, pauseMs);
    const rented = cost.rentedSince ? (Date.now() - cost.rentedSince.getTime()) / 1_000 : 0;
    const { gpuCostMicroUsd } = accrued(cost, Math.max(end.progress.gpuSeconds, rented));
    trial = { files, seconds: (Date.now() - startedAt) / 1_000, costMicroUsd: gpuCostMicroUsd };
  } catch (error) {
    await removeJob(provider, name, tell, pauseMs).catch((left: Error) =>
      tell(`${left.message} ${name} may be there and cost: see that it is gone.`),
    );
    throw error;
  } finally {
    await removeUnder(incomingOwnerPrefix(attemptId));
    await removeUnder(attemptPrefix(attemptId));
  }
  return trial;
}

/** As a training's: brought into the store and looked at there. */
async function checkFiles(
  attemptId: string,
  { baseModel }: JobInput,
  { artifacts }: Extract<Observation, { state: 'succeeded' }>,
) {
  try {
    return await storeArtifacts(attemptId, baseModel, artifacts);
  } catch (error) {
    if (!(error instanceof ArtifactError)) throw error;
    throw new TrialFailed(`Its file cannot be used: ${error.message}`, 'RESULT_BROKEN');
  }
}

function mayPass(error: unknown): error is ProviderError {
  return error instanceof ProviderError && ['busy', 'retry'].includes(error.kind);
}

async function makeJob(attemptId: string, name: string, baseModel: BaseModelId): Promise<JobInput> {
  const { recipe, maxSeconds } = planTrial(baseModel);
  const pictures = await makeTrialPictures(triggerWord, (id) => incomingImageKey(attemptId, id));
  const images = await Promise.all(
    pictures.map(async ({ imageId, key, sha256, caption }) => ({
      id: imageId,
      url: await store().presignGet(key, { expiresInSeconds: 3_600 }),
      sha256,
      caption,
    })),
  );
  return {
    protocolVersion,
    name,
    trainingId: randomUUID(),
    attemptId,
    baseModel,
    recipe,
    triggerWord,
    seed: 1,
    images,
    limits: {
      maxSeconds,
      deadlineAt: new Date(Date.now() + maxSeconds * 1_000).toISOString(),
    },
    callback: {
      eventsUrl: 'http://localhost/nobody',
      uploadUrl: 'http://localhost/nobody',
      secret: attemptSecret(randomUUID(), attemptId),
      heartbeatSeconds: 20,
    },
    rehearsal: null,
  };
}

type Watch = TrialWatch & { pauseMs: number; patience: Patience };

/** No GPU in time is the end of it, as it would be for a creator. */
async function submit(provider: GpuProvider, job: JobInput, watch: Watch) {
  const { tell, signal, pauseMs, patience } = watch;
  const until = Date.now() + patience.queueSeconds * 1_000;
  for (;;) {
    try {
      return await provider.submit(job);
    } catch (error) {
      if (!mayPass(error)) throw error;
      if (Date.now() > until) {
        throw new TrialFailed(`It has not started: ${error.message}`, 'GPU_UNAVAILABLE');
      }
      tell(error.message);
      await pause(Math.min(error.retryAfterMs ?? pauseMs, 6 * pauseMs), signal);
    }
  }
}

async function watchJob(
  provider: GpuProvider,
  { limits, recipe }: JobInput,
  externalJobId: string,
  { tell, signal, pauseMs, patience }: Watch,
): Promise<Extract<Observation, { state: 'succeeded' }>> {
  let said = '';
  let movedAt = Date.now();
  while (Date.now() < Date.parse(limits.deadlineAt)) {
    const seen = await provider.observe(externalJobId).catch((error) => {
      if (mayPass(error)) return null;
      throw error;
    });
    if (seen?.state === 'succeeded') return seen;
    if (seen?.state === 'failed') {
      throw new TrialFailed(`It failed: ${seen.message}`, reasonByWorkerCode[seen.code]);
    }
    if (seen?.state === 'cancelled') throw new TrialFailed('It was cancelled', 'GPU_INTERRUPTED');
    if (seen?.state === 'not_found') throw new TrialFailed('It is gone', 'GPU_LOST');
    const line =
      seen?.state === 'running'
        ? `${seen.progress.phase}, step ${seen.progress.step} of ${recipe.steps}`
        : (seen?.state ?? 'no answer');
    if (line !== said) {
      tell(line);
      movedAt = Date.now();
    }
    said = line;
    const silentSeconds = (Date.now() - movedAt) / 1_000;
    if (seen?.state === 'queued' && silentSeconds > patience.queueSeconds) {
      throw new TrialFailed('It stayed in the provider’s queue', 'GPU_UNAVAILABLE');
    }
    // A base model may have to be fetched before the first step.
    const isTraining = seen?.state === 'running' && seen.progress.step > 0;
    if (silentSeconds > (isTraining ? patience.silenceSeconds : patience.startSeconds)) {
      throw new TrialFailed(`Nothing new is heard of it but “${line}”`, 'GPU_LOST');
    }
    await pause(pauseMs, signal);
  }
  throw new TrialFailed('It did not end in time', 'DEADLINE_PASSED');
}

/** Until the provider says that nothing is left; an hour is far more than it should take. */
async function removeJob(
  provider: GpuProvider,
  name: string,
  tell: (line: string) => void,
  pauseMs: number,
): Promise<void> {
  const until = Date.now() + 3_600_000;
  let isGone = false;
  while (!isGone) {
    try {
      const left = await provider.findByName(name);
      if (left) await provider.release(left.externalJobId);
      isGone = true;
    } catch (error) {
      if (!mayPass(error) || Date.now() > until) throw error;
      tell(error.message);
      await delay(pauseMs);
    }
  }
}
