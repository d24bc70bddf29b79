import { beforeEach, describe, expect, it } from 'vitest';
import { creatorContext, systemContext } from '../context.ts';
import { db } from '../db.ts';
import { changeSettings } from '../testing/change-settings.ts';
import { makeCharacter, makeUser } from '../testing/factories.ts';
import { withOutside } from '../testing/outside.ts';
import { attemptOf, later, makeStage, trainingOf, worker } from '../testing/training-stage.ts';
import { pauseTrainings, resumeTrainings } from './pause-trainings.ts';
import { submitAttempt } from './submit-attempt.ts';

changeSettings({
  TRAININGS_AT_ONCE: '3',
  TRAININGS_A_DAY: '4',
  GPU_USD_A_DAY: '10',
  SANDBOX_PRICE_MICRO_USD_PER_SECOND: '1000',
});
const outside = withOutside();
const machine = (seconds: number) => systemContext('operator', later(seconds));
beforeEach(async () => {
  await resumeTrainings(machine(0), { by: 'a test' });
  await db().gpuDay.deleteMany();
});

/** Starts of one creator, each of another character. */
async function starts(count: number) {
  const stage = await makeStage({ credits: 1_000_000 });
  const inputs = [];
  for (let n = 0; n < count; n += 1) {
    const { id, images } = await makeCharacter(stage.user, {
      readyImages: 7,
      profileSetComplete: true,
    });
    const requestId = crypto.randomUUID();
    inputs.push({ characterId: id, imageIds: images.map((image) => image.id), requestId });
  }
  return { stage, inputs };
}

const outcomeOf = (started: Promise<unknown>) =>
  started.then(
    () => 'started',
    (error) => error.code,
  );

describe('the limits of one creator', () => {
  it('holds for trainings at once, also when they start at the same moment', async () => {
    const { stage, inputs } = await starts(5);
    const outcomes = await Promise.all(inputs.map((input) => outcomeOf(stage.start(input))));
    expect(outcomes.filter((outcome) => outcome === 'started')).toHaveLength(3);
    expect(outcomes.filter((outcome) => outcome === 'TOO_MANY_TRAININGS')).toHaveLength(2);
    expect((await stage.balance()).reservedCredits).toBe(66_000);
  });

  it('holds for a day, and no longer', async () => {
    const { stage, inputs } = await starts(6);
    const [fifth, sixth, ...first] = inputs;
    for (const input of first) {
      const { loraModelId } = await stage.start(input);
      const { id: attemptId } = await attemptOf(loraModelId);
      const cancelRequestedAt = later(1);
      await db().loraModel.update({ where: { id: loraModelId }, data: { cancelRequestedAt } });
      await submitAttempt(worker(2), { attemptId });
    }
    await expect(stage.start(fifth, 10)).rejects.toMatchObject({
      code: 'TOO_MANY_TRAININGS',
      details: { most: 4, aDay: true },
    });
    expect(await outcomeOf(stage.start(sixth, 86_401))).toBe('started');
  });
});

it('gives out no more GPU money in a day than was set, and warns once', async () => {
  const day = { day: new Date('2026-03-12'), expectedMicroUsd: 8_000_000n };
  await db().gpuDay.create({ data: { ...day, expectedMicroUsd: 0n } });
  const first = await (await makeStage()).start();
  const cost = (await trainingOf(first.loraModelId)).estimatedGpuMicroUsd ?? 0n;
  expect(cost).toBeGreaterThan(0n);
  const left = 10_000_000n - cost * 2n;
  await db().gpuDay.updateMany({ data: { expectedMicroUsd: left, warnedAt: null } });
  const stages = await Promise.all([1, 2, 3, 4].map(() => makeStage()));
  const outcomes = await Promise.all(stages.map((stage) => outcomeOf(stage.start())));
  expect(outcomes.toSorted()).toEqual(['TRAININGS_FULL', 'TRAININGS_FULL', 'started', 'started']);
  const today = await db().gpuDay.findFirstOrThrow();
  expect(today.expectedMicroUsd).toBe(10_000_000n);
  expect(today.warnedAt).not.toBeNull();
  expect(await outcomeOf((await makeStage()).start({}, 86_400))).toBe('started');
});

describe('the operators’ switch', () => {
  it('stops starts and submissions, keeps every place, and lets what runs go on', async () => {
    const stage = await makeStage();
    const { loraModelId } = await stage.start();
    await pauseTrainings(machine(1), {
      by: 'operator@example.test',
      reason: 'the provider raised its price',
    });
    await pauseTrainings(machine(2), { by: 'another@example.test', reason: 'again' });
    expect(await outcomeOf((await makeStage()).start({}, 3))).toBe('TRAININGS_PAUSED');
    const { id: attemptId } = await attemptOf(loraModelId);
    await submitAttempt(worker(4), { attemptId });
    expect(outside.gpu.inputs).toEqual([]);
    expect(await attemptOf(loraModelId)).toMatchObject({ state: 'submitting', tries: 0 });

    await resumeTrainings(machine(20), { by: 'operator@example.test' });
    await submitAttempt(worker(40), { attemptId });
    expect(outside.gpu.inputs).toHaveLength(1);
    expect(await outcomeOf((await makeStage()).start({}, 42))).toBe('started');
  });

  it('remembers who, when and why, and lets nobody rewrite it', async () => {
    await pauseTrainings(machine(1), { by: 'operator@example.test', reason: 'why not' });
    await resumeTrainings(machine(9), { by: 'second@example.test' });
    expect(await db().trainingPause.findFirst({ orderBy: { id: 'desc' } })).toMatchObject({
      pausedBy: 'operator@example.test',
      pausedAt: later(1),
      reason: 'why not',
      resumedBy: 'second@example.test',
      resumedAt: later(9),
    });
    const rewrite = db().trainingPause.updateMany({ data: { pausedBy: 'somebody else' } });
    await expect(rewrite).rejects.toThrow(/not rewritten/);
    await expect(db().trainingPause.deleteMany()).rejects.toThrow(/not rewritten/);
  });

  it('is an act each time it is turned, told with it, by ids alone', async () => {
    const { id: userId } = await makeUser();
    const signedIn = (seconds: number) => creatorContext(userId, later(seconds));
    const before = await db().act.count();
    await resumeTrainings(signedIn(1), { by: 'operator@example.test' });
    await pauseTrainings(signedIn(2), { by: 'operator@example.test', reason: 'why not' });
    await pauseTrainings(machine(3), { by: 'another@example.test', reason: 'again' });
    await resumeTrainings(machine(4), { by: 'another@example.test' });
    const { id } = await db().trainingPause.findFirstOrThrow({ orderBy: { id: 'desc' } });
    const acts = await db().act.findMany({ orderBy: { id: 'desc' }, take: 2 });
    const told = { actor: 'operator', subjectId: null, facts: { pause: Number(id) } };
    expect(acts).toMatchObject([
      { ...told, kind: 'trainings.resumed', userId: null, createdAt: later(4) },
      { ...told, kind: 'trainings.paused', userId, createdAt: later(2) },
    ]);
    expect(await db().act.count()).toBe(before + 2);
  });
});
