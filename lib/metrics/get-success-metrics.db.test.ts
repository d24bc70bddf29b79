import { beforeEach, describe, expect, it } from 'vitest';
import { db } from '../db.ts';
import { makeCharacter, makePastTraining, makeUser } from '../testing/factories.ts';
import { getSuccessMetrics } from './get-success-metrics.ts';

const now = new Date('2026-03-12T15:00:00Z');
const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000);
const week = { days: 7, source: 'gpu' } as const;

async function makeCreator({ complete = true } = {}) {
  const user = await makeUser();
  const character = await makeCharacter(user);
  if (complete) {
    await db().character.update({
      where: { id: character.id },
      data: { profileSetCompletedAt: daysAgo(1) },
    });
  }
  return { userId: user.id, characterId: character.id };
}

/** Ended a day ago after 40 of 60 minutes, unless told. */
function past(
  who: { userId: string; characterId: string },
  change: Parameters<typeof makePastTraining>[1] = {},
) {
  return makePastTraining(who, {
    endedAt: daysAgo(1),
    minutes: 40,
    estimateMinutes: 60,
    ...change,
  });
}

beforeEach(async () => {
  await db().user.deleteMany();
});

describe('getSuccessMetrics', () => {
  it('is all zero and null on an empty installation, a day for each day', async () => {
    const metrics = await getSuccessMetrics(week, now);
    expect(metrics.adoption).toEqual({ creators: 0, trained: 0 });
    expect(metrics.duration.averageMs).toBeNull();
    expect(metrics.series.map(({ day }) => day)).toEqual([
      '2026-03-06',
      '2026-03-07',
      '2026-03-08',
      '2026-03-09',
      '2026-03-10',
      '2026-03-11',
      '2026-03-12',
    ]);
  });

  it('counts creators with a finished set, and those of them who trained', async () => {
    const trained = await makeCreator();
    await makeCharacter({ id: trained.userId });
    await past(trained);
    await past(trained);
    await makeCreator();
    await past(await makeCreator({ complete: false }));
    expect((await getSuccessMetrics(week, now)).adoption).toEqual({ creators: 2, trained: 1 });
  });

  it('counts ends, reasons and the time against the estimate', async () => {
    const who = await makeCreator();
    await past(who, { minutes: 30, estimateMinutes: 60 });
    await past(who, { minutes: 90, estimateMinutes: 60 });
    await past(who, { minutes: 60, estimateMinutes: null });
    await past(who, { status: 'failed', reason: 'GPU_OUT_OF_MEMORY' });
    await past(who, { status: 'failed', reason: 'GPU_OUT_OF_MEMORY' });
    await past(who, { status: 'failed', reason: 'GPU_LOST' });
    await past(who, { status: 'cancelled' });
    const metrics = await getSuccessMetrics(week, now);
    expect(metrics.completion).toEqual({ ready: 3, failed: 3, cancelled: 1, open: 0 });
    expect(metrics.duration).toEqual({
      trainings: 3,
      averageMs: 3_600_000,
      medianMs: 3_600_000,
      ninetiethMs: 5_040_000,
      estimated: 2,
      withinEstimate: 1,
    });
    expect(metrics.failures).toEqual([
      { reason: 'GPU_OUT_OF_MEMORY', count: 2 },
      { reason: 'GPU_LOST', count: 1 },
    ]);
  });

  it('compares cost only where there was an estimate', async () => {
    const who = await makeCreator();
    await past(who, { estimatedMicroUsd: 1_000_000, actualMicroUsd: 1_050_000 });
    await past(who, { actualMicroUsd: 9_000_000 });
    expect((await getSuccessMetrics(week, now)).gpuCost).toEqual({
      trainings: 1,
      estimatedMicroUsd: 1_000_000,
      actualMicroUsd: 1_050_000,
    });
  });

  it('never mixes the sandbox in', async () => {
    const who = await makeCreator();
    await past(who, { provider: 'sandbox' });
    expect((await getSuccessMetrics(week, now)).completion.ready).toBe(0);
    const sandbox = await getSuccessMetrics({ ...week, source: 'sandbox' }, now);
    expect(sandbox.completion.ready).toBe(1);
    expect(sandbox.adoption).toEqual({ creators: 1, trained: 1 });
  });

  it('leaves out the trials of the operator', async () => {
    const who = await makeCreator();
    await past(who, { minutes: 1, isTrial: true, estimatedMicroUsd: 1, actualMicroUsd: 2 });
    await past(who, { status: 'failed', isTrial: true });
    expect(await getSuccessMetrics(week, now)).toEqual({
      ...(await getSuccessMetrics({ ...week, source: 'sandbox' }, now)),
      adoption: { creators: 1, trained: 0 },
      completion: { ready: 0, failed: 0, cancelled: 0, open: 0 },
      failures: [],
    });
  });

  it('puts a training into the UTC day it ended, and leaves out what is older', async () => {
    const who = await makeCreator();
    await past(who, { endedAt: new Date('2026-03-11T23:59:59.999Z'), minutes: 20 });
    await past(who, { endedAt: new Date('2026-03-12T00:00:00Z'), minutes: 50 });
    await past(who, { endedAt: new Date('2026-03-05T23:59:59.999Z') });
    const { series, completion } = await getSuccessMetrics(week, now);
    expect(completion.ready).toBe(2);
    expect(series.slice(-2)).toEqual([
      {
        day: '2026-03-11',
        ready: 1,
        failed: 0,
        cancelled: 0,
        medianMs: 1_200_000,
        estimatedMs: 3_600_000,
      },
      {
        day: '2026-03-12',
        ready: 1,
        failed: 0,
        cancelled: 0,
        medianMs: 3_000_000,
        estimatedMs: 3_600_000,
      },
    ]);
  });

  it('counts answers by what they say', async () => {
    const who = await makeCreator();
    for (const answer of ['better', 'better', 'worse']) {
      const { id } = await past(who);
      await db().trainingFeedback.create({
        data: { loraModelId: id, userId: who.userId, answer, createdAt: daysAgo(0) },
      });
    }
    expect((await getSuccessMetrics(week, now)).satisfaction).toEqual({
      better: 2,
      same: 0,
      worse: 1,
    });
  });
});
