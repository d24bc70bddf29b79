import { describe, expect, it } from 'vitest';
import { db } from '../db.ts';
import { makeCharacter, makePastTraining, makeUser } from '../testing/factories.ts';
import { withOutside } from '../testing/outside.ts';
import {
  atStep,
  attemptOf,
  finishJob,
  later,
  makeStage,
  trainingOf,
  worker,
} from '../testing/training-stage.ts';
import { getTrainingHistory } from './get-training-history.ts';
import { getTrainingRecord } from './get-training-record.ts';
import { observeAttempt } from './observe-attempt.ts';
import { submitAttempt } from './submit-attempt.ts';

const outside = withOutside();

async function submitted(notifyProgress = false) {
  const stage = await makeStage();
  await db().character.update({ where: { id: stage.character.id }, data: { notifyProgress } });
  const { loraModelId } = await stage.start();
  const { id: attemptId } = await attemptOf(loraModelId);
  await submitAttempt(worker(), { attemptId });
  const job = [...outside.gpu.jobs.values()].at(-1);
  if (!job) throw new Error('nothing was submitted');
  const look = async (seconds: number, step: number, phase?: 'caching' | 'uploading') => {
    outside.gpu.set(job.name, atStep(step, phase));
    await observeAttempt(worker(seconds), { attemptId });
  };
  const characterId = stage.character.id;
  const record = () => getTrainingRecord(stage.user.id, { characterId, loraModelId });
  const told = () =>
    db().notification.findMany({
      where: { subjectId: loraModelId, type: 'lora.training.progress' },
    });
  return { stage, loraModelId, attemptId, job, look, record, told };
}

describe('the record of a training', () => {
  it('has its curve, its stations and its credits', async () => {
    const { stage, job, attemptId, look, record } = await submitted();
    await look(4, 0, 'caching');
    await look(10, 120);
    await look(12, 123);
    await look(20, 900);
    await look(30, 1_500, 'uploading');
    await finishJob(outside.gpu, job);
    await observeAttempt(worker(34), { attemptId });
    const found = await record();
    expect(found.attempts).toMatchObject([
      { number: 1, state: 'ended', outcome: 'ready', endedAt: later(34).toISOString() },
    ]);
    expect(found.attempts[0]?.points).toEqual(
      [120, 900, 1_500].map((step) => ({ step, loss: 0.2, secondsPerStep: 0.01 })),
    );
    expect(found.times).toEqual({
      waiting: 4_000,
      preparing: 6_000,
      training: 20_000,
      saving: 4_000,
    });
    expect(found.credits.map(({ kind, amountCredits }) => [kind, amountCredits])).toEqual([
      ['reserve', 22_000],
      ['capture', 22_000],
    ]);
    expect(found.images.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(found.deletedImageCount).toBe(0);

    await db().characterImage.delete({ where: { id: stage.images[2]?.id } });
    expect(await record()).toMatchObject({ deletedImageCount: 1 });
  });

  it('has a curve for each attempt, and says which one was run again', async () => {
    const { loraModelId, job, attemptId, look, record } = await submitted();
    await look(4, 300);
    outside.gpu.set(job.name, {
      state: 'failed',
      error: { code: 'PREEMPTED', retryable: true, message: 'x' },
    });
    await observeAttempt(worker(10), { attemptId });
    const second = await attemptOf(loraModelId);
    await submitAttempt(worker(12), { attemptId: second.id });
    outside.gpu.set(second.jobName, atStep(40));
    await observeAttempt(worker(20), { attemptId: second.id });
    expect((await trainingOf(loraModelId)).step).toBe(300);
    const { attempts, times } = await record();
    expect(
      attempts.map(({ outcome, points }) => [outcome, points.map(({ step }) => step)]),
    ).toEqual([
      ['again', [300]],
      [null, [40]],
    ]);
    expect(times).toMatchObject({ waiting: 12_000, preparing: 8_000 });
  });

  it('keeps few points however often it is looked at, also by several at once', async () => {
    const { attemptId, look } = await submitted();
    for (let step = 1; step <= 40; step += 1) await look(step, step);
    await Promise.all(
      Array.from({ length: 5 }, (_, at) => observeAttempt(worker(100 + at), { attemptId })),
    );
    const points = await db().trainingPoint.findMany({ where: { attemptId } });
    expect(points.map(({ step }) => step).sort((a, b) => a - b)).toEqual([
      1, 7, 13, 19, 25, 31, 37,
    ]);
  });

  it('is for its owner alone', async () => {
    const mine = await submitted();
    const other = await makeStage();
    for (const [userId, characterId] of [
      [other.user.id, mine.stage.character.id],
      [mine.stage.user.id, other.character.id],
    ] as const) {
      await expect(
        getTrainingRecord(userId, { characterId, loraModelId: mine.loraModelId }),
      ).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
  });
});

describe('the notice at half of a training (D12)', () => {
  it('comes once, where it was asked for', async () => {
    const { look, told } = await submitted(true);
    await look(4, 700);
    expect(await told()).toEqual([]);
    await look(6, 760);
    await look(8, 800);
    await look(10, 1_400);
    expect(await told()).toMatchObject([{ title: 'Mara’s training is at 50\u00a0%' }]);
  });

  it('comes once when several look at the same moment', async () => {
    const { job, attemptId, told } = await submitted(true);
    outside.gpu.set(job.name, atStep(900));
    await Promise.all(
      Array.from({ length: 8 }, (_, at) => observeAttempt(worker(4 + at), { attemptId })),
    );
    expect(await told()).toHaveLength(1);
  });

  it('does not come unasked', async () => {
    const { look, told } = await submitted();
    await look(4, 700);
    await look(6, 760);
    expect(await told()).toEqual([]);
  });
});

describe('the history', () => {
  async function withTrainings(count: number) {
    const user = await makeUser();
    const character = await makeCharacter(user);
    const who = { userId: user.id, characterId: character.id };
    for (let number = 1; number <= count; number += 1) {
      const { id } = await makePastTraining(who);
      await db().loraModel.update({ where: { id }, data: { createdAt: later(number) } });
    }
    return {
      user,
      read: (page?: number, userId = user.id) => getTrainingHistory(userId, character.id, page),
    };
  }

  it('has 20 a page, newest first; a page past the end is the last one', async () => {
    const { read } = await withTrainings(23);
    const first = await read();
    expect(first).toMatchObject({ page: 1, pageCount: 2, total: 23 });
    const created = first.trainings.map(({ createdAt }) => createdAt);
    expect(created).toEqual(
      Array.from({ length: 20 }, (_, index) => later(23 - index).toISOString()),
    );
    const second = await read(2);
    expect(second.trainings.map(({ createdAt }) => createdAt)).toEqual(
      [3, 2, 1].map((number) => later(number).toISOString()),
    );
    expect(await read(99)).toEqual(second);
    for (const odd of [0, -3, Number.NaN]) expect((await read(odd)).page).toBe(1);
  });

  it('is empty before the first training, and for somebody else', async () => {
    const { read } = await withTrainings(1);
    const stranger = await makeUser();
    expect(await read(1, stranger.id)).toEqual({
      trainings: [],
      page: 1,
      pageCount: 1,
      total: 0,
    });
  });
});
