import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { db } from '../db.ts';
import { env } from '../env.ts';
import { asOwner } from '../testing/database.ts';
import { withOutside } from '../testing/outside.ts';
import {
  atStep,
  attemptOf,
  findings,
  finishJob,
  makeStage,
  putFile,
  trainingOf,
  worker,
} from '../testing/training-stage.ts';
import { cancelTraining } from './cancel-training.ts';
import { observeAttempt } from './observe-attempt.ts';
import { releaseAttempt } from './release-attempt.ts';
import { submitAttempt } from './submit-attempt.ts';
import { sweepAttempts } from './sweep-attempts.ts';

const outside = withOutside();
beforeEach(async () => {
  // Trainings of earlier tests are none of the sweep's business here.
  await db().trainingAttempt.updateMany({ data: { nextCheckAt: null } });
});

type Stage = Awaited<ReturnType<typeof makeStage>>;

async function submitted(stage?: Stage, change: Parameters<Stage['start']>[0] = {}) {
  const on = stage ?? (await makeStage());
  const { loraModelId } = await on.start(change);
  const { id: attemptId } = await attemptOf(loraModelId);
  await submitAttempt(worker(), { attemptId });
  const job = [...outside.gpu.jobs.values()].at(-1);
  if (!job) throw new Error('nothing was submitted');
  return { stage: on, loraModelId, attemptId, job };
}

/** A training that failed for our reasons, released at the provider. */
async function failedByUs(stage?: Stage, change: Parameters<Stage['start']>[0] = {}) {
  const run = await submitted(stage, change);
  outside.gpu.set(run.job.name, {
    state: 'failed',
    error: { code: 'OOM', retryable: false, message: 'CUDA out of memory at 0xdead' },
  });
  await observeAttempt(worker(10), { attemptId: run.attemptId });
  return run;
}

describe('a training that goes well', () => {
  it('goes from pending through training to ready; captured once, told once', async () => {
    const { stage, loraModelId, attemptId, job } = await submitted();
    outside.gpu.set(job.name, atStep(120));
    await observeAttempt(worker(2), { attemptId });
    expect(await trainingOf(loraModelId)).toMatchObject({
      status: 'training',
      step: 120,
      phase: 'training',
      loss: 0.2,
    });
    const file = await finishJob(outside.gpu, job);
    await observeAttempt(worker(20), { attemptId });

    const training = await db().loraModel.findUniqueOrThrow({
      where: { id: loraModelId },
      include: { files: true, transitions: { orderBy: { id: 'asc' } } },
    });
    expect(training).toMatchObject({
      status: 'ready',
      modelPath: file.key,
      trainingDurationMs: 18_000,
      step: 1_500,
    });
    expect(training.expiresAt?.getTime()).toBe(worker(20).now.getTime() + 180 * 86_400_000);
    expect(training.files).toMatchObject([
      { role: 'main', sha256: file.sha256, bytes: BigInt(file.bytes), rank: 16 },
    ]);
    expect(training.transitions.map(({ toStatus }) => toStatus)).toEqual([
      'pending',
      'training',
      'ready',
    ]);
    expect(await stage.balance()).toEqual({
      totalCredits: 78_000,
      reservedCredits: 0,
      availableCredits: 78_000,
    });
    const notices = await db().notification.findMany({
      where: { subjectId: loraModelId },
      orderBy: { type: 'asc' },
    });
    expect(notices.map(({ type }) => type)).toEqual([
      'lora.training.completed',
      'lora.training.started',
    ]);
    expect(notices[0]).toMatchObject({ href: `/influencer/${stage.character.id}/studio` });
    expect(notices[0]?.body).toContain('Sandbox GPU: this adapter is empty');

    await releaseAttempt(worker(21), { attemptId });
    expect(outside.gpu.released).toEqual([job.id]);
    expect((await attemptOf(loraModelId)).releasedAt).not.toBeNull();
    expect(await findings()).toEqual([]);
  });

  it('ends once when twenty workers look at the same moment', async () => {
    const { loraModelId, attemptId, job } = await submitted();
    await finishJob(outside.gpu, job);
    await Promise.all(
      Array.from({ length: 20 }, (_, at) => observeAttempt(worker(20 + at), { attemptId })),
    );
    expect((await trainingOf(loraModelId)).status).toBe('ready');
    expect(await db().creditLine.count({ where: { loraModelId, kind: 'capture' } })).toBe(1);
    expect(await db().notification.count({ where: { subjectId: loraModelId } })).toBe(2);
    expect(await findings()).toEqual([]);
  });

  it('never goes back: an older look changes nothing', async () => {
    const { loraModelId, attemptId, job } = await submitted();
    outside.gpu.set(job.name, atStep(500));
    await observeAttempt(worker(2), { attemptId });
    outside.gpu.set(job.name, atStep(300));
    await observeAttempt(worker(4), { attemptId });
    expect((await trainingOf(loraModelId)).step).toBe(500);
  });
});

describe('a result that is no good', () => {
  it.each([
    [
      'not in the store',
      (id: string) =>
        Promise.resolve({
          role: 'main' as const,
          key: `attempts/${id}/main-${'0'.repeat(64)}.safetensors`,
          bytes: 10,
          sha256: '0'.repeat(64),
        }),
    ],
    ['an HTML page', (id: string) => putFile(id, Buffer.from('<html>error</html>'))],
    [
      'another length than told',
      async (id: string) => ({ ...(await putFile(id, Buffer.alloc(64))), bytes: 65 }),
    ],
    [
      'another place in the store',
      async (id: string) => ({
        ...(await putFile(id, Buffer.alloc(64))),
        key: `attempts/${randomUUID()}/main.safetensors`,
      }),
    ],
  ])('%s: trained again twice, then failed with the credits back', async (_what, make) => {
    const { stage, loraModelId } = await submitted();
    for (const number of [1, 2, 3]) {
      const attempt = await attemptOf(loraModelId);
      expect(attempt.number).toBe(number);
      if (number > 1) await submitAttempt(worker(number * 10), { attemptId: attempt.id });
      outside.gpu.set(attempt.jobName, { state: 'succeeded', files: [await make(attempt.id)] });
      await observeAttempt(worker(number * 10 + 1), { attemptId: attempt.id });
    }
    expect(await trainingOf(loraModelId)).toMatchObject({
      status: 'failed',
      failureReason: 'RESULT_BROKEN',
    });
    expect(await stage.balance()).toMatchObject({ availableCredits: 100_000, reservedCredits: 0 });
    expect(await findings()).toEqual([]);
  });
});

describe('a failure', () => {
  it('of ours gives the credits back and grants one free retry; no vendor text is told', async () => {
    const { stage, loraModelId } = await failedByUs();
    expect(await trainingOf(loraModelId)).toMatchObject({
      status: 'failed',
      failureReason: 'GPU_OUT_OF_MEMORY',
      errorMessage: 'OOM: CUDA out of memory at 0xdead',
    });
    expect(await stage.balance()).toMatchObject({ availableCredits: 100_000, reservedCredits: 0 });
    const retry = await db().freeRetry.findUniqueOrThrow({
      where: { failedLoraModelId: loraModelId },
    });
    expect(retry).toMatchObject({ baseModel: 'z-image-turbo', maxImages: 7 });
    const notice = await db().notification.findFirstOrThrow({
      where: { subjectId: loraModelId, type: 'lora.training.failed' },
    });
    expect(notice.body).toContain('The GPU ran out of memory.');
    expect(notice.body).toContain('Retry for free in settings.');
    expect(notice.body).not.toContain('0xdead');
    expect(await findings()).toEqual([]);
  });

  it('of the creator’s images only gives the credits back', async () => {
    const { stage, loraModelId, attemptId, job } = await submitted();
    outside.gpu.set(job.name, {
      state: 'failed',
      error: { code: 'BAD_IMAGE', retryable: false, message: 'x' },
    });
    await observeAttempt(worker(10), { attemptId });
    expect(await trainingOf(loraModelId)).toMatchObject({ failureReason: 'IMAGES_UNREADABLE' });
    expect(await db().freeRetry.count({ where: { failedLoraModelId: loraModelId } })).toBe(0);
    expect(await stage.balance()).toMatchObject({ availableCredits: 100_000 });
  });

  it('keeps what the trainer said without a secret it quotes', async () => {
    const { loraModelId, attemptId, job } = await submitted();
    const secret = env().SANDBOX_GPU_TOKEN;
    outside.gpu.set(job.name, {
      state: 'failed',
      error: { code: 'OOM', retryable: false, message: `a model is refused to ${secret}` },
    });
    await observeAttempt(worker(10), { attemptId });
    const kept = 'OOM: a model is refused to [removed]';
    expect(await trainingOf(loraModelId)).toMatchObject({ errorMessage: kept });
    expect(await attemptOf(loraModelId)).toMatchObject({ lastError: kept });
  });

  it('that can be retried is run again at our cost, three times at most', async () => {
    const { stage, loraModelId } = await submitted();
    for (const number of [1, 2, 3]) {
      const attempt = await attemptOf(loraModelId);
      if (number > 1) await submitAttempt(worker(number * 10), { attemptId: attempt.id });
      outside.gpu.set(attempt.jobName, {
        state: 'failed',
        error: { code: 'PREEMPTED', retryable: true, message: 'x' },
      });
      await observeAttempt(worker(number * 10 + 1), { attemptId: attempt.id });
    }
    expect(new Set(outside.gpu.inputs.map(({ name }) => name)).size).toBe(3);
    expect(await trainingOf(loraModelId)).toMatchObject({
      status: 'failed',
      failureReason: 'GPU_INTERRUPTED',
    });
    expect((await stage.balance()).availableCredits).toBe(100_000);
  });

  it('chains three free retries and no fourth (D8)', async () => {
    const { stage } = await failedByUs();
    for (const place of [1, 2, 3]) {
      const { loraModelId } = await failedByUs(stage, {
        requestId: randomUUID(),
        expectedCredits: 0,
      });
      expect(await trainingOf(loraModelId)).toMatchObject({ costCredits: 0, retryCount: place });
    }
    await expect(
      stage.start({ requestId: randomUUID(), expectedCredits: 0 }),
    ).rejects.toMatchObject({ code: 'PRICE_CHANGED', details: { currentCredits: 22_000 } });
    expect(await findings()).toEqual([]);
  });

  it('frees one try, and no second one when that was cancelled', async () => {
    const { stage } = await failedByUs();
    const free = await stage.start({ requestId: randomUUID(), expectedCredits: 0 }, 20);
    await cancelTraining(stage.ctx(21), free);
    await submitAttempt(worker(22), { attemptId: (await attemptOf(free.loraModelId)).id });
    expect((await trainingOf(free.loraModelId)).status).toBe('cancelled');
    await expect(
      stage.start({ requestId: randomUUID(), expectedCredits: 0 }, 30),
    ).rejects.toMatchObject({ code: 'PRICE_CHANGED', details: { currentCredits: 22_000 } });
  });

  it.each([
    ['another base model', { baseModel: 'one-2.1', expectedCredits: 0 }, 32_000],
    ['after 30 days', { expectedCredits: 0 }, 22_000],
  ] as const)('lends its free retry to nothing else: %s', async (what, change, price) => {
    const { stage } = await failedByUs();
    const seconds = what === 'after 30 days' ? 31 * 86_400 : 60;
    await expect(
      stage.start({ ...change, requestId: randomUUID() }, seconds),
    ).rejects.toMatchObject({ code: 'PRICE_CHANGED', details: { currentCredits: price } });
  });

  it('past the deadline ends it, cancels the job and frees the next try', async () => {
    const { loraModelId, attemptId, job } = await submitted();
    outside.gpu.set(job.name, atStep(100));
    await observeAttempt(worker(2), { attemptId });
    outside.gpu.set(job.name, atStep(101));
    await observeAttempt(worker(100_000), { attemptId });
    expect(await trainingOf(loraModelId)).toMatchObject({ failureReason: 'DEADLINE_PASSED' });
    await releaseAttempt(worker(100_001), { attemptId });
    expect(outside.gpu.cancelled).toEqual([job.id]);
    expect(outside.gpu.released).toEqual([job.id]);
  });

  it('by silence: no step for too long', async () => {
    const { loraModelId, attemptId, job } = await submitted();
    outside.gpu.set(job.name, atStep(600));
    await observeAttempt(worker(2), { attemptId });
    await observeAttempt(worker(60), { attemptId });
    expect((await trainingOf(loraModelId)).status).toBe('training');
    await observeAttempt(worker(120), { attemptId });
    expect(await trainingOf(loraModelId)).toMatchObject({
      status: 'failed',
      failureReason: 'GPU_LOST',
    });
  });

  it('is not seen in an outage: nothing ends while the provider is away', async () => {
    const { loraModelId, attemptId } = await submitted();
    for (const [at, answer] of (['error', 'html', 'drop-before', 'forbidden'] as const).entries()) {
      outside.gpu.plan.observe.push(answer);
      await observeAttempt(worker(10 + at), { attemptId });
    }
    expect((await trainingOf(loraModelId)).status).toBe('pending');
    expect((await attemptOf(loraModelId)).tries).toBe(4);
  });
});

describe('cancelling', () => {
  it('a running training gives the credits back and stops the job', async () => {
    const { stage, loraModelId, attemptId, job } = await submitted();
    outside.gpu.set(job.name, atStep(700));
    await observeAttempt(worker(2), { attemptId });
    await cancelTraining(stage.ctx(3), { loraModelId });
    await cancelTraining(stage.ctx(4), { loraModelId });
    await observeAttempt(worker(5), { attemptId });
    expect((await trainingOf(loraModelId)).status).toBe('cancelled');
    expect(await stage.balance()).toMatchObject({ availableCredits: 100_000, reservedCredits: 0 });
    await releaseAttempt(worker(6), { attemptId });
    expect(outside.gpu.cancelled).toEqual([job.id]);
    await expect(cancelTraining(stage.ctx(7), { loraModelId })).rejects.toMatchObject({
      code: 'TRAINING_ENDED',
    });
    expect(await findings()).toEqual([]);
  });

  it('one that nobody has submitted yet never reaches a GPU', async () => {
    const stage = await makeStage();
    const { loraModelId } = await stage.start();
    const { id: attemptId } = await attemptOf(loraModelId);
    await cancelTraining(stage.ctx(1), { loraModelId });
    await submitAttempt(worker(2), { attemptId });
    expect((await trainingOf(loraModelId)).status).toBe('cancelled');
    expect(outside.gpu.inputs).toHaveLength(0);
  });

  it('loses against a result that is there: ready and charged', async () => {
    const { stage, loraModelId, attemptId, job } = await submitted();
    await finishJob(outside.gpu, job);
    await cancelTraining(stage.ctx(3), { loraModelId });
    await observeAttempt(worker(4), { attemptId });
    expect((await trainingOf(loraModelId)).status).toBe('ready');
    expect((await stage.balance()).totalCredits).toBe(78_000);
  });

  it('does not wait for a provider that is away', async () => {
    const { stage, loraModelId, attemptId, job } = await submitted();
    await cancelTraining(stage.ctx(3), { loraModelId });
    outside.gpu.plan.observe.push('drop-before');
    await observeAttempt(worker(4), { attemptId });
    expect((await trainingOf(loraModelId)).status).toBe('cancelled');
    outside.gpu.plan.cancel.push('error');
    await releaseAttempt(worker(5), { attemptId });
    expect((await attemptOf(loraModelId)).releasedAt).toBeNull();
    await releaseAttempt(worker(60), { attemptId });
    expect(outside.gpu.released).toEqual([job.id]);
  });

  it('is not for somebody else', async () => {
    const { loraModelId } = await submitted();
    const stranger = await makeStage();
    await expect(cancelTraining(stranger.ctx(), { loraModelId })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});

describe('a result that arrives after the training failed', () => {
  it('is kept, and the free retry claims it at once without another GPU run', async () => {
    const { stage, loraModelId, attemptId, job } = await submitted();
    outside.gpu.set(job.name, atStep(1_400));
    await observeAttempt(worker(2), { attemptId });
    await observeAttempt(worker(200), { attemptId });
    expect((await trainingOf(loraModelId)).failureReason).toBe('GPU_LOST');
    await finishJob(outside.gpu, job);
    await releaseAttempt(worker(201), { attemptId });
    expect((await stage.balance()).availableCredits).toBe(100_000);

    const retry = await stage.start({ requestId: randomUUID(), expectedCredits: 0 }, 300);
    const { id: retryAttempt } = await attemptOf(retry.loraModelId);
    await submitAttempt(worker(301), { attemptId: retryAttempt });
    expect(await trainingOf(retry.loraModelId)).toMatchObject({
      status: 'ready',
      retryOfId: loraModelId,
    });
    expect(outside.gpu.inputs).toHaveLength(1);
    expect((await stage.balance()).totalCredits).toBe(100_000);
    expect(await db().loraFile.count({ where: { loraModelId: retry.loraModelId } })).toBe(1);
    expect(await findings()).toEqual([]);
  });
});

describe('the sweep', () => {
  it('brings a training to its end with every bell dropped', async () => {
    const stage = await makeStage();
    const { loraModelId } = await stage.start();
    await db().$executeRaw`DELETE FROM pgboss.job`;
    await sweepAttempts(() => worker(1).now);
    await finishJob(outside.gpu, outside.gpu.onlyJob());
    await db().$executeRaw`DELETE FROM pgboss.job`;
    await sweepAttempts(() => worker(10).now);
    expect((await trainingOf(loraModelId)).status).toBe('ready');
    await sweepAttempts(() => worker(11).now);
    expect(outside.gpu.jobs.size).toBe(0);
    expect(await sweepAttempts(() => worker(10_000).now)).toBe(0);
    expect(await findings()).toEqual([]);
  });
});

describe('what the database refuses by itself', () => {
  it('moves no ended training, and no status back', async () => {
    const { loraModelId } = await failedByUs();
    for (const status of ['pending', 'training', 'ready', 'cancelled'] as const) {
      await expect(
        db().$executeRawUnsafe(
          `UPDATE lora_models SET status = '${status}' WHERE id = '${loraModelId}'`,
        ),
      ).rejects.toThrow();
    }
  });

  it('ends no training without settling its hold', async () => {
    const { loraModelId } = await submitted();
    await expect(
      db().$executeRawUnsafe(
        `UPDATE lora_models SET status = 'cancelled', training_completed_at = now() WHERE id = '${loraModelId}'`,
      ),
    ).rejects.toThrow(/hold is open/);
  });

  it('settles no hold of a training that goes on', async () => {
    const { loraModelId } = await submitted();
    const { holdId } = await trainingOf(loraModelId);
    const { inTransaction } = await import('../db.ts');
    const { capture } = await import('../credits/ledger.ts');
    await expect(inTransaction((tx) => capture(tx, holdId ?? ''))).rejects.toThrow(/cannot settle/);
  });

  it('rewrites no history', async () => {
    const { loraModelId } = await submitted();
    await expect(
      asOwner(`DELETE FROM training_transitions WHERE lora_model_id = '${loraModelId}'`),
    ).rejects.toThrow(/append-only/);
  });
});
