import { randomUUID } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { db } from '../db.ts';
import { withOutside } from '../testing/outside.ts';
import {
  attemptOf,
  findings,
  finishJob,
  later,
  leaseRunsOut,
  makeStage,
  trainingOf,
  worker,
} from '../testing/training-stage.ts';
import { signedCallback } from '../testing/worker-event.ts';
import { cancelTraining } from './cancel-training.ts';
import { LostClaim } from './claim-attempt.ts';
import { readReport } from './job-claim.ts';
import { observeAttempt } from './observe-attempt.ts';
import { receiveCallback } from './receive-callback.ts';
import { releaseAttempt } from './release-attempt.ts';
import { submitAttempt } from './submit-attempt.ts';

const outside = withOutside();

async function started() {
  const stage = await makeStage();
  const { loraModelId } = await stage.start();
  const { id: attemptId } = await attemptOf(loraModelId);
  const ids = { loraModelId, attemptId };
  const say = async (job: string, event: object, seq = 1) => {
    const callback = signedCallback(ids, { event: { ...event, externalJobId: job }, seq });
    const outcome = await receiveCallback(worker(1), callback);
    if (outcome.kind === 'refused') throw new Error('refused');
    return outcome.reply;
  };
  return { stage, ...ids, say, claim: (job: string, seq = 1) => say(job, accepted, seq) };
}

const accepted = { type: 'accepted', gpu: null };
const atStep = (step: number, gpuSeconds = step / 10) => ({
  type: 'progress',
  phase: 'training',
  step,
  totalSteps: 1_500,
  loss: 0.2,
  secondsPerStep: 0.1,
  gpuSeconds,
});

describe('a claim', () => {
  it('is of the first job for good: the same may ask again, any other is told to stop', async () => {
    const { claim, loraModelId, attemptId } = await started();
    expect(await claim('vendor-1')).toEqual({ action: 'continue', lastSeq: 1 });
    expect(await claim('vendor-2')).toEqual({ action: 'cancel' });
    expect(await claim('vendor-1')).toEqual({ action: 'continue', lastSeq: 1 });
    expect(await attemptOf(loraModelId)).toMatchObject({
      claimedJobId: 'vendor-1',
      externalJobId: 'vendor-1',
    });
    const said = await db().webhookDelivery.findMany({ where: { attemptId } });
    expect(said.every(({ body }) => JSON.stringify(body).includes('vendor-1'))).toBe(true);
  });

  it('is of one of many that ask at the same moment', async () => {
    const { claim, loraModelId } = await started();
    const jobs = Array.from({ length: 12 }, (_, number) => `vendor-${number}`);
    const replies = await Promise.all(jobs.map((job) => claim(job)));
    const own = jobs.filter((_, number) => replies[number]?.action === 'continue');
    expect(own).toEqual([(await attemptOf(loraModelId)).claimedJobId]);
  });

  it('tells a job that was started again where to go on', async () => {
    const { claim, say } = await started();
    await claim('vendor-1');
    await say('vendor-1', atStep(300), 41);
    expect(await claim('vendor-1')).toEqual({ action: 'continue', lastSeq: 41 });
  });

  it('is not made by a forged or an old event', async () => {
    const ids = await started();
    const event = { ...accepted, externalJobId: 'vendor-1' };
    for (const options of [
      { secretOf: randomUUID() },
      { at: new Date(Date.now() - 10 * 60_000) },
    ]) {
      const forged = signedCallback(ids, { event, ...options });
      expect(await receiveCallback(worker(), forged)).toEqual({ kind: 'refused' });
    }
    expect((await attemptOf(ids.loraModelId)).claimedJobId).toBeNull();
  });

  it('is not to be had any more when the attempt is over, and then nothing trains', async () => {
    const { stage, loraModelId, attemptId, claim } = await started();
    await cancelTraining(stage.ctx(1), { loraModelId });
    expect((await claim('vendor-1')).action).toBe('cancel');
    await submitAttempt(worker(2), { attemptId });
    expect(await trainingOf(loraModelId)).toMatchObject({ status: 'cancelled' });
    expect((await claim('vendor-2')).action).toBe('cancel');
    expect((await attemptOf(loraModelId)).claimedJobId).toBe('vendor-1');
    expect(outside.gpu.inputs).toHaveLength(0);
  });

  it('of a job that was lost comes after the end: it is told to stop, and nothing changes', async () => {
    const { loraModelId, attemptId, claim } = await started();
    await submitAttempt(worker(), { attemptId });
    await db().loraModel.update({ where: { id: loraModelId }, data: { deadlineAt: later(5) } });
    await observeAttempt(worker(60), { attemptId });
    await releaseAttempt(worker(61), { attemptId });
    expect(await trainingOf(loraModelId)).toMatchObject({ status: 'failed' });
    const before = await attemptOf(loraModelId);
    expect((await claim('late')).action).toBe('cancel');
    expect(await attemptOf(loraModelId)).toEqual(before);
    expect(await findings()).toEqual([]);
  });
});

describe('a submit', () => {
  it('that was committed already gives way to the job that claims', async () => {
    const { loraModelId, attemptId, claim } = await started();
    await submitAttempt(worker(), { attemptId });
    expect((await claim('vendor-9')).action).toBe('continue');
    expect(await attemptOf(loraModelId)).toMatchObject({ externalJobId: 'vendor-9' });
    expect(await trainingOf(loraModelId)).toMatchObject({ externalJobId: 'vendor-9' });
    expect((await claim('job-1')).action).toBe('cancel');
  });

  it('that gave way is not ended by a look at the job it had named', async () => {
    const { loraModelId, attemptId, claim } = await started();
    await submitAttempt(worker(), { attemptId });
    outside.gpu.set(outside.gpu.onlyJob().name, { state: 'cancelled' });
    outside.gpu.plan.observe.push('hold-after');
    const look = observeAttempt(worker(40), { attemptId });
    await vi.waitUntil(() => outside.gpu.held.length === 1, { interval: 2, timeout: 15_000 });
    expect((await claim('vendor-9')).action).toBe('continue');
    outside.gpu.held[0]?.letGo();
    await look;
    expect(await attemptOf(loraModelId)).toMatchObject({
      number: 1,
      state: 'submitted',
      externalJobId: 'vendor-9',
      leaseUntil: null,
    });
  });

  it('is not repeated once its job has claimed, although its answer never came', async () => {
    const { loraModelId, attemptId, claim } = await started();
    outside.gpu.plan.submit.push('drop-before');
    await submitAttempt(worker(), { attemptId });
    await claim('vendor-1');
    const due = { id: attemptId, nextCheckAt: { lte: later(1) } };
    expect(await db().trainingAttempt.count({ where: due })).toBe(1);
    await submitAttempt(worker(2), { attemptId });
    expect(await attemptOf(loraModelId)).toMatchObject({
      state: 'submitted',
      externalJobId: 'vendor-1',
    });
    expect(await trainingOf(loraModelId)).toMatchObject({ externalJobId: 'vendor-1' });
    expect(outside.gpu.inputs).toHaveLength(0);
  });

  it('that is claimed before its commit names the job that claimed', async () => {
    const { loraModelId, attemptId, claim } = await started();
    outside.gpu.plan.submit.push('hold-after');
    const submit = submitAttempt(worker(), { attemptId });
    await vi.waitUntil(() => outside.gpu.held.length === 1, { interval: 2, timeout: 15_000 });
    expect((await claim('vendor-early')).action).toBe('continue');
    outside.gpu.held[0]?.letGo();
    await submit;
    expect(await attemptOf(loraModelId)).toMatchObject({
      state: 'submitted',
      externalJobId: 'vendor-early',
    });
  });

  it('repeated after a crash makes two jobs, of which one trains, and one settlement', async () => {
    const { stage, loraModelId, attemptId, claim } = await started();
    outside.gpu.plan.submit.push('hold-after');
    const dead = submitAttempt(worker(), { attemptId });
    await vi.waitUntil(() => outside.gpu.held.length === 1, { interval: 2, timeout: 15_000 });
    const [first] = [...outside.gpu.jobs.values()];
    await leaseRunsOut(attemptId);
    // The host answers no question about names: what was made before cannot be found.
    outside.gpu.jobs.clear();
    await submitAttempt(worker(40), { attemptId });
    const second = outside.gpu.onlyJob();
    expect(second.id).not.toBe(first?.id);
    outside.gpu.held[0]?.letGo('cut');
    await expect(dead).rejects.toThrow(LostClaim);

    const replies = await Promise.all([claim(second.id), claim(first?.id ?? '')]);
    expect(replies.map(({ action }) => action).toSorted()).toEqual(['cancel', 'continue']);
    const own = replies[0]?.action === 'continue' ? second : first;
    if (!own) throw new Error('no job was made');
    outside.gpu.jobs.set(own.name, own);
    await finishJob(outside.gpu, own);
    await observeAttempt(worker(45), { attemptId });
    expect(await trainingOf(loraModelId)).toMatchObject({ status: 'ready', externalJobId: own.id });
    const settled = { loraModelId, holdId: { not: null } };
    expect(await db().creditLine.count({ where: settled })).toBe(1);
    expect((await stage.balance()).totalCredits).toBe(78_000);
    expect(await findings()).toEqual([]);
  });
});

describe('a report', () => {
  const reportOf = async (loraModelId: string) => readReport(await attemptOf(loraModelId));

  it('is of the highest seq, whatever comes later', async () => {
    const { loraModelId, claim, say } = await started();
    expect(await reportOf(loraModelId)).toBeNull();
    await claim('vendor-1');
    expect(await reportOf(loraModelId)).toMatchObject({
      state: 'running',
      progress: { phase: 'preparing', step: 0 },
    });
    await say('vendor-1', atStep(700), 9);
    await say('vendor-1', atStep(300), 8);
    expect(await reportOf(loraModelId)).toMatchObject({ progress: { step: 700, gpuSeconds: 70 } });
  });

  it('is of the job that claimed, not of another, nor of one that does not say which it is', async () => {
    const { loraModelId, attemptId, claim, say } = await started();
    await claim('vendor-1');
    await say('vendor-1', atStep(300), 2);
    await say('vendor-2', atStep(900), 3);
    await say('vendor-2', { type: 'cancelled', gpuSeconds: 0 }, 4);
    await receiveCallback(worker(), signedCallback({ loraModelId, attemptId }, { seq: 5 }));
    expect(await reportOf(loraModelId)).toMatchObject({
      state: 'running',
      progress: { step: 300 },
    });
  });

  it('is not made by what is forged', async () => {
    const ids = await started();
    await ids.claim('vendor-1');
    const event = { type: 'cancelled', gpuSeconds: 1, externalJobId: 'vendor-1' };
    const forged = signedCallback(ids, { event, seq: 7, secretOf: randomUUID() });
    expect(await receiveCallback(worker(), forged)).toEqual({ kind: 'refused' });
    expect(await reportOf(ids.loraModelId)).toMatchObject({ state: 'running' });
  });

  it('changes nothing where the provider can be asked', async () => {
    const { loraModelId, attemptId, claim, say } = await started();
    await submitAttempt(worker(), { attemptId });
    await claim(outside.gpu.onlyJob().id);
    const error = { code: 'OOM', retryable: false, message: '' };
    await say(outside.gpu.onlyJob().id, { type: 'failed', error, gpuSeconds: 1 }, 2);
    await observeAttempt(worker(3), { attemptId });
    expect(await trainingOf(loraModelId)).toMatchObject({ status: 'pending' });
  });
});
