import { describe, expect, it } from 'vitest';
import { withOutside } from '../testing/outside.ts';
import {
  attemptOf,
  findings,
  later,
  makeStage,
  trainingOf,
  worker,
} from '../testing/training-stage.ts';
import { claimAttempt, LostClaim } from './claim-attempt.ts';
import { observeAttempt } from './observe-attempt.ts';
import { releaseAttempt } from './release-attempt.ts';
import { submitAttempt } from './submit-attempt.ts';

const outside = withOutside();

async function started(name = 'Mara') {
  const stage = await makeStage({ name });
  const { loraModelId } = await stage.start();
  const { id: attemptId } = await attemptOf(loraModelId);
  return { stage, loraModelId, attemptId };
}

describe('submitAttempt', () => {
  it('hands over the frozen images, the recipe and a callback of its own', async () => {
    const { stage, loraModelId, attemptId } = await started();
    await submitAttempt(worker(), { attemptId });
    const [input] = outside.gpu.inputs;
    expect(input).toMatchObject({
      trainingId: loraModelId,
      attemptId,
      baseModel: 'z-image-turbo',
      triggerWord: stage.character.triggerWord,
      recipe: { id: 'z-image-turbo/1', rank: 16, alpha: 16, steps: 1_500 },
      rehearsal: null,
    });
    expect(input?.images).toHaveLength(7);
    expect(input?.images[0]?.sha256).toBe(stage.images[0]?.sha256);
    expect(input?.callback.eventsUrl).toContain(`attempt=${attemptId}`);
    expect(await attemptOf(loraModelId)).toMatchObject({
      state: 'submitted',
      externalJobId: outside.gpu.onlyJob().id,
      leaseUntil: null,
    });
    expect(await trainingOf(loraModelId)).toMatchObject({
      status: 'pending',
      externalJobId: outside.gpu.onlyJob().id,
    });
  });

  it('makes one job of many calls at once', async () => {
    const { attemptId } = await started();
    await Promise.all(Array.from({ length: 10 }, () => submitAttempt(worker(), { attemptId })));
    expect(outside.gpu.inputs).toHaveLength(1);
  });

  it('finds its own job again when the answer was lost, instead of submitting twice', async () => {
    const { loraModelId, attemptId } = await started();
    outside.gpu.plan.submit.push('drop-after');
    await submitAttempt(worker(), { attemptId });
    expect(await attemptOf(loraModelId)).toMatchObject({ state: 'submitting', tries: 1 });
    await submitAttempt(worker(5), { attemptId });
    expect(await attemptOf(loraModelId)).toMatchObject({ state: 'submitted' });
    expect(outside.gpu.inputs).toHaveLength(1);
  });

  it.each(['drop-before', 'error', 'html', 'busy', 'forbidden'] as const)(
    'keeps the place and the hold while the provider answers %s',
    async (answer) => {
      const { stage, loraModelId, attemptId } = await started();
      outside.gpu.plan.submit.push(answer);
      await submitAttempt(worker(), { attemptId });
      const attempt = await attemptOf(loraModelId);
      expect(attempt).toMatchObject({ state: 'submitting', tries: 1, leaseUntil: null });
      expect(attempt.nextCheckAt?.getTime()).toBeGreaterThan(later(0).getTime());
      expect((await trainingOf(loraModelId)).status).toBe('pending');
      expect((await stage.balance()).reservedCredits).toBe(22_000);
    },
  );

  it('gives up when no GPU was free in time: credits back, next try free', async () => {
    const { stage, loraModelId, attemptId } = await started('Nocap Nora');
    outside.gpu.plan.submit.push('busy', 'busy');
    await submitAttempt(worker(), { attemptId });
    await submitAttempt(worker(100), { attemptId });
    expect(await trainingOf(loraModelId)).toMatchObject({
      status: 'failed',
      failureReason: 'GPU_UNAVAILABLE',
    });
    expect(await stage.balance()).toMatchObject({ availableCredits: 100_000, reservedCredits: 0 });
    expect(await findings()).toEqual([]);
  });

  it('leaves an attempt alone that another worker holds, and takes it over when that one died', async () => {
    const { loraModelId, attemptId } = await started();
    await claimAttempt(attemptId, 'submitting', later(0));
    await submitAttempt(worker(10), { attemptId });
    expect(outside.gpu.inputs).toHaveLength(0);
    await submitAttempt(worker(31), { attemptId });
    expect(outside.gpu.inputs).toHaveLength(1);
    expect(await attemptOf(loraModelId)).toMatchObject({ state: 'submitted', fence: 2 });
  });

  it('makes no job after standing still, when another worker has made and removed it', async () => {
    const { loraModelId, attemptId } = await started();
    outside.gpu.plan.list.push('hold-after');
    const frozen = submitAttempt(worker(), { attemptId });
    await outside.gpu.nextHeld();
    await submitAttempt(worker(31), { attemptId });
    await observeAttempt(worker(10_000), { attemptId });
    await releaseAttempt(worker(10_001), { attemptId });
    outside.gpu.held[0]?.letGo();
    await expect(frozen).rejects.toThrow(LostClaim);
    expect(outside.gpu.inputs).toHaveLength(1);
    expect(outside.gpu.jobs.size).toBe(0);
    expect(await trainingOf(loraModelId)).toMatchObject({ status: 'failed' });
  });
});
