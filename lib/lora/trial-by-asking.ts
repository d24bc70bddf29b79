import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { removeUnder } from '../deletions/remove-objects.ts';
import { type JobInput, protocolVersion } from '../gpu/protocol.ts';
import { type GpuProvider, type Observation, ProviderError } from '../gpu/provider.ts';
import { attemptSecret } from '../gpu/signature.ts';
import { attemptPrefix, incomingImageKey, incomingOwnerPrefix } from '../storage/keys.ts';
import { store } from '../storage/store.ts';
import { accrued, priceAtSubmit } from './gpu-cost.ts';
import { storeArtifacts } from './store-artifact.ts';
import { makeTrialPictures, pause, planTrial, type Trial, type TrialWatch } from './trial.ts';

const baseModel = 'z-image-turbo';
const triggerWord = 'ohwx_trial';

/**
 * A whole training of ten steps with made-up pictures, for the operator, at a provider that is only
 * ever asked: order, pictures, steps, file, its checks, removal. It costs money, and leaves nothing
 * behind. Its job is in no table and has no name of this installation, so that nobody takes it for an
 * orphan: should this process die, a pod ends by its own timer. Throws what went wrong.
 */
export async function trialByAsking(provider: GpuProvider, watch: TrialWatch): Promise<Trial> {
  const { tell, signal, pauseMs = 10_000 } = watch;
  const startedAt = Date.now();
  const attemptId = randomUUID();
  const name = `likeness-trial-${attemptId}`;
  let cost = {
    provider: provider.id,
    gpuSeconds: 0,
    spentInVainMicroUsd: 0n,
    ...priceAtSubmit(provider.id, undefined),
  };
  try {
    const job = await makeJob(attemptId, name);
    const { externalJobId, rent } = await submit(provider, job, { tell, signal, pauseMs });
    cost = { ...cost, ...priceAtSubmit(provider.id, rent) };
    const end = await watchJob(provider, job, externalJobId, { tell, signal, pauseMs });
    const files = await storeArtifacts(attemptId, job.baseModel, end.artifacts);
    await removeJob(provider, name, tell, pauseMs);
    const rented = cost.rentedSince ? (Date.now() - cost.rentedSince.getTime()) / 1_000 : 0;
    const { gpuCostMicroUsd } = accrued(cost, Math.max(end.progress.gpuSeconds, rented));
    return { files, seconds: (Date.now() - startedAt) / 1_000, costMicroUsd: gpuCostMicroUsd };
  } finally {
    try {
      await removeJob(provider, name, tell, pauseMs);
    } finally {
      await removeUnder(incomingOwnerPrefix(attemptId));
      await removeUnder(attemptPrefix(attemptId));
    }
  }
}

function mayPass(error: unknown): error is ProviderError {
  return error instanceof ProviderError && ['busy', 'retry'].includes(error.kind);
}

async function makeJob(attemptId: string, name: string): Promise<JobInput> {
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

type Watch = TrialWatch & { pauseMs: number };

async function submit(provider: GpuProvider, job: JobInput, { tell, signal, pauseMs }: Watch) {
  for (;;) {
    try {
      return await provider.submit(job);
    } catch (error) {
      if (!mayPass(error) || Date.now() > Date.parse(job.limits.deadlineAt)) throw error;
      tell(error.message);
      await pause(Math.min(error.retryAfterMs ?? pauseMs, 6 * pauseMs), signal);
    }
  }
}

async function watchJob(
  provider: GpuProvider,
  { limits, recipe }: JobInput,
  externalJobId: string,
  { tell, signal, pauseMs }: Watch,
): Promise<Extract<Observation, { state: 'succeeded' }>> {
  let said = '';
  while (Date.now() < Date.parse(limits.deadlineAt)) {
    const seen = await provider.observe(externalJobId).catch((error) => {
      if (mayPass(error)) return null;
      throw error;
    });
    if (seen?.state === 'succeeded') return seen;
    if (seen && !['queued', 'running'].includes(seen.state)) {
      throw new Error(`The trial ended: ${seen.state === 'failed' ? seen.message : seen.state}`);
    }
    const line =
      seen?.state === 'running'
        ? `${seen.progress.phase}, step ${seen.progress.step} of ${recipe.steps}`
        : (seen?.state ?? 'no answer');
    if (line !== said) tell(line);
    said = line;
    await pause(pauseMs, signal);
  }
  throw new Error('The trial did not end in time.');
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
