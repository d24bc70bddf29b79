import { beforeEach, expect, it } from 'vitest';
import { db } from '../db.ts';
import type { HostJob } from '../gpu/protocol.ts';
import { withOutside } from '../testing/outside.ts';
import {
  atStep,
  attemptOf,
  findings,
  finishJob,
  later,
  makeStage,
  trainingOf,
  worker,
} from '../testing/training-stage.ts';
import { cancelTraining } from './cancel-training.ts';
import { claimAttempt } from './claim-attempt.ts';
import { observeAttempt } from './observe-attempt.ts';
import { pollProviders } from './poll-provider.ts';
import { submitAttempt } from './submit-attempt.ts';
import { sweepAttempts } from './sweep-attempts.ts';

const outside = withOutside();
beforeEach(async () => {
  // Attempts of earlier tests are over.
  await db().trainingAttempt.updateMany({ data: { nextCheckAt: null, leaseUntil: new Date() } });
});

/** Trainings that were seen at step 100, due again at 12 s. */
async function running(count: number) {
  const made = [];
  for (let at = 0; at < count; at += 1) {
    const stage = await makeStage();
    const { loraModelId } = await stage.start();
    const attempt = await attemptOf(loraModelId);
    await submitAttempt(worker(), { attemptId: attempt.id });
    outside.gpu.set(attempt.jobName, atStep(100));
    await observeAttempt(worker(10), { attemptId: attempt.id });
    made.push({ stage, loraModelId, attemptId: attempt.id, jobName: attempt.jobName });
  }
  outside.gpu.requests.length = 0;
  return made;
}

type Made = Awaited<ReturnType<typeof running>>[number];

const lists = () => outside.gpu.requests.filter((request) => request === 'GET /jobs').length;
const looks = () => outside.gpu.requests.filter((request) => /^GET .jobs.job-/.test(request));
const sweepAt = (seconds: number) => sweepAttempts(() => later(seconds));

function move(made: Made[], step: number): void {
  for (const { jobName } of made) outside.gpu.set(jobName, atStep(step));
}

it('looks at many trainings with one call and writes down how far they are', async () => {
  const made = await running(6);
  move(made, 140);
  expect(await sweepAt(12)).toBe(0);
  expect(outside.gpu.requests).toEqual(['GET /jobs']);
  for (const { loraModelId, attemptId } of made) {
    expect(await trainingOf(loraModelId)).toMatchObject({ step: 140, lastHeardAt: later(12) });
    expect(await attemptOf(loraModelId)).toMatchObject({
      nextCheckAt: later(14),
      leaseUntil: null,
      gpuSeconds: 1.4,
      fence: 3,
    });
    expect(await db().trainingPoint.count({ where: { attemptId } })).toBe(2);
  }
  expect(await sweepAt(13)).toBe(0);
  expect(lists()).toBe(1);
  expect(await findings()).toEqual([]);
});

it('writes nothing about a training that says nothing new', async () => {
  const made = await running(5);
  const before = await trainingOf(made[0]?.loraModelId ?? '');
  await sweepAt(12);
  expect(await trainingOf(before.id)).toEqual(before);
  expect((await attemptOf(before.id)).nextCheckAt).toEqual(later(14));
});

it('looks by itself at what ended, what is missing and what the list does not tell', async () => {
  const made = await running(7);
  const [done, missing, garbled] = made as [Made, Made, Made];
  const job = outside.gpu.jobs.get(done.jobName) as HostJob;
  await finishJob(outside.gpu, job);
  outside.gpu.jobs.delete(missing.jobName);
  outside.gpu.set(garbled.jobName, { state: 'hibernating' as HostJob['state'] });
  await sweepAt(12);
  expect(lists()).toBe(1);
  expect(looks()).toHaveLength(3);
  expect((await trainingOf(done.loraModelId)).status).toBe('ready');
  // Absence is believed after a while only, and from a look at the job itself.
  expect((await trainingOf(missing.loraModelId)).status).toBe('training');
  expect((await attemptOf(missing.loraModelId)).state).toBe('submitted');
  expect((await trainingOf(garbled.loraModelId)).status).toBe('training');
  expect(await findings()).toEqual([]);
});

it('asks for a few trainings one by one, and covers those that are not due with the others', async () => {
  const [early, ...others] = await running(5);
  await observeAttempt(worker(11), { attemptId: early?.attemptId ?? '' });
  outside.gpu.requests.length = 0;
  expect(await sweepAt(12)).toBe(4);
  expect(lists()).toBe(0);
  await db().trainingAttempt.updateMany({
    where: { id: { in: others.map(({ attemptId }) => attemptId) } },
    data: { nextCheckAt: later(12.5) },
  });
  const sixth = await running(1);
  expect(await sweepAt(12.9)).toBe(0);
  expect(lists()).toBe(1);
  for (const { loraModelId } of [...others, ...sixth]) {
    expect((await attemptOf(loraModelId)).nextCheckAt).toEqual(later(14.9));
  }
  expect((await attemptOf(early?.loraModelId ?? '')).nextCheckAt).toEqual(later(14.9));
});

it('leaves alone what a bell or another worker touched during the call', async () => {
  const made = await running(6);
  const [rung, held, cancelled] = made as [Made, Made, Made];
  move(made, 140);
  let ticks = 0;
  await pollProviders(async () => {
    ticks += 1;
    // The third look at the clock is the one after the list has come.
    if (ticks === 3) {
      const ring = { nextCheckAt: later(12.5) };
      await db().trainingAttempt.update({ where: { id: rung.attemptId }, data: ring });
      await claimAttempt(held.attemptId, 'submitted', later(12.5));
      await cancelTraining(cancelled.stage.ctx(12.5), { loraModelId: cancelled.loraModelId });
    }
    return later(12);
  });
  for (const { loraModelId } of [rung, held, cancelled]) {
    expect((await trainingOf(loraModelId)).step).toBe(100);
  }
  expect((await attemptOf(rung.loraModelId)).nextCheckAt).toEqual(later(12.5));
  expect((await attemptOf(held.loraModelId)).leaseUntil).toEqual(later(42.5));
  expect((await trainingOf(made[3]?.loraModelId ?? '')).step).toBe(140);
});

it('makes one call of several workers at once', async () => {
  const made = await running(6);
  move(made, 140);
  await Promise.all([sweepAt(12), sweepAt(12), sweepAt(12)]);
  expect(lists()).toBe(1);
  expect(looks()).toEqual([]);
});

it('lists again when the worker that did died in the middle of it', async () => {
  await running(5);
  await db().gpuProvider.create({ data: { id: 'sandbox', listLeaseUntil: later(72) } });
  expect(await sweepAt(12)).toBe(0);
  expect(outside.gpu.requests).toEqual([]);
  await sweepAt(73);
  expect(lists()).toBe(1);
});

it.each(['error', 'html', 'drop-before', 'forbidden'] as const)(
  'ends nothing and burns no try when the list is answered with %s',
  async (answer) => {
    const made = await running(6);
    const [cancelled, waiting] = made as [Made, Made];
    await cancelTraining(cancelled.stage.ctx(11), { loraModelId: cancelled.loraModelId });
    outside.gpu.plan.list.push(answer);
    await sweepAt(12);
    // A creator who cancelled does not wait for the provider.
    expect((await trainingOf(cancelled.loraModelId)).status).toBe('cancelled');
    expect((await trainingOf(waiting.loraModelId)).status).toBe('training');
    const attempt = await attemptOf(waiting.loraModelId);
    expect(attempt).toMatchObject({ tries: 0, state: 'submitted' });
    expect(attempt.nextCheckAt?.getTime()).toBeGreaterThan(later(12).getTime());
    await sweepAt(100);
    expect(lists()).toBe(2);
  },
);

it('does not give back the list of another, when it was slower than its own lease', async () => {
  await running(5);
  let ticks = 0;
  await pollProviders(async () => {
    ticks += 1;
    // From the second look at the clock on the list is its own.
    const data = { listLeaseUntil: later(200) };
    if (ticks > 1) await db().gpuProvider.updateMany({ data });
    return later(12);
  });
  expect(lists()).toBe(1);
  const { listLeaseUntil } = await db().gpuProvider.findUniqueOrThrow({ where: { id: 'sandbox' } });
  expect(listLeaseUntil).toEqual(later(200));
});
