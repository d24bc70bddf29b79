import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { db } from '../db.ts';
import { withOutside } from '../testing/outside.ts';
import { withPowerCut } from '../testing/power-cut.ts';
import {
  atStep,
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
import { claimAttempt } from './claim-attempt.ts';
import { observeAttempt } from './observe-attempt.ts';
import { receiveCallback } from './receive-callback.ts';
import { releaseAttempt } from './release-attempt.ts';
import { submitAttempt } from './submit-attempt.ts';
import { sweepAttempts } from './sweep-attempts.ts';

// One test for each way a step can break (docs/fault-matrix.md).

const outside = withOutside();
/** For what must come, however loaded the machine is. */
const patiently = { interval: 5, timeout: 15_000 };
beforeEach(async () => {
  // Trainings of earlier tests are none of the sweep's business here.
  await db().trainingAttempt.updateMany({ data: { nextCheckAt: null } });
});

async function started() {
  const stage = await makeStage();
  const { loraModelId } = await stage.start();
  const { id: attemptId } = await attemptOf(loraModelId);
  return { stage, loraModelId, attemptId };
}

async function submitted() {
  const run = await started();
  await submitAttempt(worker(), run);
  return { ...run, job: outside.gpu.onlyJob() };
}

/** A training whose job has succeeded; nobody has looked yet. */
async function finished() {
  const run = await submitted();
  return { ...run, file: await finishJob(outside.gpu, run.job) };
}

/** Waits until a worker hangs at the provider; `work` is that worker, and ends when it is let go. */
async function hanging<T>(work: Promise<T>) {
  await vi.waitFor(() => expect(outside.gpu.held).toHaveLength(1), patiently);
  return { letGo: () => outside.gpu.held[0]?.letGo(), end: work };
}

async function settlements(loraModelId: string) {
  const lines = await db().creditLine.findMany({
    where: { loraModelId, holdId: { not: null } },
    select: { kind: true },
  });
  return lines.map(({ kind }) => kind);
}

/** What a crash may not have left: an end, a settlement, a notice of an end, a bell for one. */
async function expectUntouched(stage: Awaited<ReturnType<typeof makeStage>>, loraModelId: string) {
  expect((await trainingOf(loraModelId)).trainingCompletedAt).toBeNull();
  expect(await settlements(loraModelId)).toEqual([]);
  expect(await stage.balance()).toMatchObject({ reservedCredits: 22_000 });
  expect(await db().notification.count({ where: { subjectId: loraModelId } })).toBe(1);
  const bells = await db().$queryRaw<{ name: string }[]>`
    SELECT job.name FROM pgboss.job JOIN training_attempts attempt
      ON job.data->>'attemptId' = attempt.id::text
     WHERE attempt.lora_model_id = ${loraModelId}::uuid`;
  expect(bells.map(({ name }) => name)).not.toContain('lora.attempt.release');
  expect(await findings()).toEqual([]);
}

describe('a start', () => {
  it('that is cut off in mid-transaction leaves nothing, and the same request then makes one', async () => {
    const stage = await makeStage();
    await withPowerCut('training_attempts', () => stage.start());
    expect(await db().loraModel.count({ where: { userId: stage.user.id } })).toBe(0);
    expect(await db().notification.count({ where: { userId: stage.user.id } })).toBe(0);
    expect(await stage.balance()).toMatchObject({ reservedCredits: 0, availableCredits: 100_000 });
    const { loraModelId } = await stage.start();
    expect(await stage.start()).toMatchObject({ loraModelId });
    expect(await stage.balance()).toMatchObject({ reservedCredits: 22_000 });
    expect(await findings()).toEqual([]);
  });

  it('freezes what it was made with: later edits of images and captions change nothing', async () => {
    const { stage, attemptId } = await started();
    const [first] = stage.images;
    await db().characterImage.updateMany({
      where: { characterId: stage.character.id },
      data: { caption: 'somebody else', inProfileSet: false, sha256: null, state: 'uploading' },
    });
    await submitAttempt(worker(1), { attemptId });
    const images = outside.gpu.inputs[0]?.images ?? [];
    expect(images).toHaveLength(7);
    expect(images[0]).toMatchObject({ id: first?.id, sha256: first?.sha256 });
    expect(images.some(({ caption }) => caption.includes('somebody else'))).toBe(false);
  });
});

describe('a submit', () => {
  it('whose worker died between the call and the commit: its job is found, not made again', async () => {
    const { loraModelId, attemptId } = await started();
    outside.gpu.plan.submit.push('hold-after');
    const dead = await hanging(submitAttempt(worker(), { attemptId }));
    expect(await attemptOf(loraModelId)).toMatchObject({ state: 'submitting', fence: 1 });
    await submitAttempt(worker(10), { attemptId });
    expect((await attemptOf(loraModelId)).state).toBe('submitting');

    await leaseRunsOut(attemptId);
    await submitAttempt(worker(31), { attemptId });
    const after = await attemptOf(loraModelId);
    expect(after).toMatchObject({ state: 'submitted', externalJobId: outside.gpu.onlyJob().id });
    expect(outside.gpu.inputs).toHaveLength(1);

    // It was only frozen: what it hears now comes too late to change anything.
    dead.letGo();
    await dead.end.catch(() => undefined);
    expect(await attemptOf(loraModelId)).toEqual(after);
  });

  it('that is refused for good ends the training: credits back, next try free', async () => {
    const { stage, loraModelId, attemptId } = await started();
    outside.gpu.plan.submit.push('reject');
    await submitAttempt(worker(), { attemptId });
    expect(await trainingOf(loraModelId)).toMatchObject({
      status: 'failed',
      failureReason: 'INTERNAL',
    });
    expect(await settlements(loraModelId)).toEqual(['release']);
    expect((await stage.balance()).availableCredits).toBe(100_000);
    expect(await db().freeRetry.count({ where: { failedLoraModelId: loraModelId } })).toBe(1);
    expect(await findings()).toEqual([]);
  });

  it('waits as long as the provider asks', async () => {
    const { loraModelId, attemptId } = await started();
    outside.gpu.plan.submit.push('later');
    await submitAttempt(worker(), { attemptId });
    const { state, nextCheckAt } = await attemptOf(loraModelId);
    expect(state).toBe('submitting');
    expect(nextCheckAt?.getTime()).toBeGreaterThanOrEqual(later(120).getTime());
  });

  it.each(['no-id', 'unheard-of'] as const)(
    'that is answered with nonsense (%s) finds its job by name',
    async (answer) => {
      const { loraModelId, attemptId } = await started();
      outside.gpu.plan.submit.push(answer);
      await submitAttempt(worker(), { attemptId });
      expect((await attemptOf(loraModelId)).state).toBe('submitting');
      await submitAttempt(worker(10), { attemptId });
      expect(await attemptOf(loraModelId)).toMatchObject({
        state: 'submitted',
        externalJobId: outside.gpu.onlyJob().id,
      });
      expect(outside.gpu.inputs).toHaveLength(1);
    },
  );

  it('keeps an event that comes before its answer is written down', async () => {
    const { loraModelId, attemptId } = await started();
    outside.gpu.plan.submit.push('hold-after');
    const slow = await hanging(submitAttempt(worker(), { attemptId }));
    await receiveCallback(worker(1), signedCallback({ loraModelId, attemptId }));
    slow.letGo();
    await slow.end;
    expect(await db().webhookDelivery.count({ where: { attemptId } })).toBe(1);
    outside.gpu.set(outside.gpu.onlyJob().name, atStep(40));
    await sweepAttempts(() => later(60));
    expect(await trainingOf(loraModelId)).toMatchObject({ status: 'training', step: 40 });
  });
});

describe('a look', () => {
  it('of a worker that died is taken again by another, and counts once', async () => {
    const { stage, loraModelId, attemptId } = await finished();
    outside.gpu.plan.observe.push('hold-after');
    const dead = await hanging(observeAttempt(worker(10), { attemptId }));
    await observeAttempt(worker(11), { attemptId });
    await expectUntouched(stage, loraModelId);
    await leaseRunsOut(attemptId);
    await observeAttempt(worker(41), { attemptId });
    expect((await trainingOf(loraModelId)).status).toBe('ready');
    dead.letGo();
    await dead.end;
    expect(await settlements(loraModelId)).toEqual(['capture']);
    expect(await db().loraFile.count({ where: { loraModelId } })).toBe(1);
    expect(await findings()).toEqual([]);
  });

  it('at a job the provider does not know any more runs it again, once its list had time', async () => {
    const { stage, loraModelId, attemptId } = await submitted();
    outside.gpu.plan.observe.push('not-found', 'not-found');
    await observeAttempt(worker(10), { attemptId });
    expect(await attemptOf(loraModelId)).toMatchObject({ number: 1, state: 'submitted' });
    await observeAttempt(worker(40), { attemptId });
    const second = await attemptOf(loraModelId);
    expect(second).toMatchObject({ number: 2, state: 'submitting' });
    expect(await stage.balance()).toMatchObject({ reservedCredits: 22_000 });

    // Nobody loses what was only misplaced: the first job is stopped and removed.
    await releaseAttempt(worker(41), { attemptId });
    expect(outside.gpu.jobs.size).toBe(0);
    for (const number of [2, 3]) {
      const attempt = await attemptOf(loraModelId);
      expect(attempt.number).toBe(number);
      await submitAttempt(worker(number * 35), { attemptId: attempt.id });
      outside.gpu.plan.observe.push('not-found');
      await observeAttempt(worker(number * 35 + 31), { attemptId: attempt.id });
    }
    expect(await trainingOf(loraModelId)).toMatchObject({
      status: 'failed',
      failureReason: 'GPU_LOST',
    });
    expect((await stage.balance()).availableCredits).toBe(100_000);
  });

  it.each(['unheard-of', 'later', 'reject'] as const)(
    'that is answered with %s ends nothing',
    async (answer) => {
      const { stage, loraModelId, attemptId } = await submitted();
      outside.gpu.plan.observe.push(answer);
      await observeAttempt(worker(10), { attemptId });
      await expectUntouched(stage, loraModelId);
      expect(await attemptOf(loraModelId)).toMatchObject({ state: 'submitted', tries: 1 });
    },
  );

  it('believes the provider, not an event that tells of a failure', async () => {
    const { loraModelId, attemptId } = await finished();
    const told = signedCallback(
      { loraModelId, attemptId },
      {
        event: {
          type: 'failed',
          error: { code: 'OOM', retryable: false, message: 'x' },
          gpuSeconds: 1,
        },
      },
    );
    await receiveCallback(worker(9), told);
    await sweepAttempts(() => later(60));
    expect((await trainingOf(loraModelId)).status).toBe('ready');
    // It came again, and after the end.
    await receiveCallback(worker(61), told);
    await sweepAttempts(() => later(120));
    expect((await trainingOf(loraModelId)).status).toBe('ready');
    expect(await settlements(loraModelId)).toEqual(['capture']);
  });
});

describe('keeping a result', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each(['away', 'forbidden', 'breaks-off'] as const)(
    'waits while the store is %s, and ends ready when it is well',
    async (mood) => {
      const { stage, loraModelId, attemptId } = await finished();
      outside.store.mood = mood;
      await observeAttempt(worker(10), { attemptId });
      await expectUntouched(stage, loraModelId);
      expect(outside.gpu.released).toEqual([]);
      outside.store.mood = null;
      await observeAttempt(worker(60), { attemptId });
      expect((await trainingOf(loraModelId)).status).toBe('ready');
      expect(await settlements(loraModelId)).toEqual(['capture']);
      expect(await findings()).toEqual([]);
    },
  );

  it('gives up on a store that stays away, and yet keeps the file for the free retry', async () => {
    const { stage, loraModelId, attemptId } = await finished();
    outside.store.mood = 'away';
    await db().trainingAttempt.update({ where: { id: attemptId }, data: { tries: 10 } });
    await observeAttempt(worker(10), { attemptId });
    expect(await trainingOf(loraModelId)).toMatchObject({ failureReason: 'RESULT_NOT_STORED' });
    await releaseAttempt(worker(11), { attemptId });
    expect(outside.gpu.released).toEqual([]);
    expect((await attemptOf(loraModelId)).releasedAt).toBeNull();

    outside.store.mood = null;
    await releaseAttempt(worker(60), { attemptId });
    expect(outside.gpu.jobs.size).toBe(0);
    const retry = await stage.start({ requestId: randomUUID(), expectedCredits: 0 }, 100);
    await submitAttempt(worker(101), { attemptId: (await attemptOf(retry.loraModelId)).id });
    expect((await trainingOf(retry.loraModelId)).status).toBe('ready');
    expect(outside.gpu.inputs).toHaveLength(1);
    expect(await stage.balance()).toMatchObject({ availableCredits: 100_000 });
    expect(await findings()).toEqual([]);
  });

  it('renews its lease for as long as reading the file takes', async () => {
    const { loraModelId, attemptId } = await finished();
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    outside.store.mood = 'hold';
    const slow = observeAttempt(worker(10), { attemptId });
    await vi.waitUntil(() => outside.store.held.length > 0, patiently);
    await leaseRunsOut(attemptId);
    await vi.advanceTimersByTimeAsync(15_000);
    await vi.waitUntil(async () => ((await attemptOf(loraModelId)).leaseUntil ?? 0) > new Date(1), {
      interval: 5,
    });
    // Nobody else takes it meanwhile.
    await observeAttempt(worker(12), { attemptId });
    expect((await attemptOf(loraModelId)).fence).toBe(2);
    outside.store.reset();
    await slow;
    expect((await trainingOf(loraModelId)).status).toBe('ready');
  });
});

describe('an end', () => {
  it.each(['lora_models', 'credit_lines', 'training_transitions', 'notifications'])(
    'in success, cut off at %s, leaves the training open, and is made once afterwards',
    async (table) => {
      const { stage, loraModelId, attemptId, file } = await finished();
      await withPowerCut(table, () => observeAttempt(worker(10), { attemptId }));
      await expectUntouched(stage, loraModelId);
      await leaseRunsOut(attemptId);
      await observeAttempt(worker(60), { attemptId });
      expect(await trainingOf(loraModelId)).toMatchObject({ status: 'ready', modelPath: file.key });
      expect(await settlements(loraModelId)).toEqual(['capture']);
      expect(await db().loraFile.count({ where: { loraModelId } })).toBe(1);
      expect(await db().notification.count({ where: { subjectId: loraModelId } })).toBe(2);
      expect(await findings()).toEqual([]);
    },
  );

  it.each(['lora_models', 'credit_lines', 'free_retries', 'notifications'])(
    'in failure, cut off at %s, leaves the training open, and is made once afterwards',
    async (table) => {
      const { stage, loraModelId, attemptId, job } = await submitted();
      outside.gpu.set(job.name, {
        state: 'failed',
        error: { code: 'OOM', retryable: false, message: 'x' },
      });
      await withPowerCut(table, () => observeAttempt(worker(10), { attemptId }));
      await expectUntouched(stage, loraModelId);
      await leaseRunsOut(attemptId);
      await observeAttempt(worker(60), { attemptId });
      expect((await trainingOf(loraModelId)).status).toBe('failed');
      expect(await settlements(loraModelId)).toEqual(['release']);
      expect(await db().freeRetry.count({ where: { failedLoraModelId: loraModelId } })).toBe(1);
      expect(await findings()).toEqual([]);
    },
  );
});

describe('a release', () => {
  it.each([
    ['cancel', 'drop-before'],
    ['cancel', 'drop-after'],
    ['cancel', 'error'],
    ['cancel', 'forbidden'],
    ['cancel', 'later'],
    ['cancel', 'html'],
    ['release', 'drop-before'],
    ['release', 'drop-after'],
    ['release', 'error'],
    ['release', 'forbidden'],
    ['release', 'html'],
    ['list', 'html'],
  ] as const)('is made again until the provider confirms it: %s, %s', async (call, answer) => {
    const { loraModelId, attemptId } = await finished();
    await observeAttempt(worker(10), { attemptId });
    // As after a crash between the call and the commit of a submit: only the name is known.
    if (call === 'list') {
      await db().trainingAttempt.update({
        where: { id: attemptId },
        data: { externalJobId: null },
      });
    }
    outside.gpu.plan[call].push(answer);
    await releaseAttempt(worker(11), { attemptId });
    expect(await attemptOf(loraModelId)).toMatchObject({ releasedAt: null, leaseUntil: null });
    await sweepAttempts(() => later(300));
    expect((await attemptOf(loraModelId)).releasedAt).not.toBeNull();
    expect(outside.gpu.jobs.size).toBe(0);
    expect(await settlements(loraModelId)).toEqual(['capture']);
  });

  it('looks for a late result as often as it should, whatever was tried before the end', async () => {
    const { loraModelId, attemptId } = await finished();
    await db().trainingAttempt.update({ where: { id: attemptId }, data: { tries: 8 } });
    outside.gpu.plan.observe.push('error', 'error');
    await observeAttempt(worker(1_000), { attemptId });
    expect(await trainingOf(loraModelId)).toMatchObject({ failureReason: 'DEADLINE_PASSED' });
    await releaseAttempt(worker(1_001), { attemptId });
    expect((await attemptOf(loraModelId)).releasedAt).toBeNull();
    await releaseAttempt(worker(1_100), { attemptId });
    expect((await attemptOf(loraModelId)).releasedAt).not.toBeNull();
    expect(await db().loraFile.count({ where: { loraModelId } })).toBe(1);
  });

  it('asks a provider that answers nothing for a late result for a while, then removes the job', async () => {
    const { loraModelId, attemptId } = await finished();
    outside.gpu.plan.observe.push('error');
    await observeAttempt(worker(1_000), { attemptId });
    const release = async (seconds: number, answer: 'error' | null) => {
      if (answer) outside.gpu.plan.observe.push(answer);
      await db().gpuProvider.deleteMany();
      await releaseAttempt(worker(seconds), { attemptId });
      return (await attemptOf(loraModelId)).releasedAt !== null;
    };
    const looks = [];
    for (const seconds of [1_001, 1_020, 1_060, 1_100, 1_115]) {
      looks.push(await release(seconds, 'error'));
    }
    expect(looks).toEqual([false, false, false, false, false]);
    expect(await release(1_130, 'error')).toBe(true);
    expect(await db().loraFile.count({ where: { loraModelId } })).toBe(0);
    expect(outside.gpu.jobs.size).toBe(0);
  });

  it('counts a look that is not answered, and not what the store or a crash cost in tries', async () => {
    const { loraModelId, attemptId } = await finished();
    outside.gpu.plan.observe.push('error');
    await observeAttempt(worker(1_000), { attemptId });
    // Minutes later: the provider was always well, the store is only now.
    await db().trainingAttempt.update({ where: { id: attemptId }, data: { tries: 8 } });
    outside.gpu.plan.observe.push('error');
    await releaseAttempt(worker(1_300), { attemptId });
    expect(await attemptOf(loraModelId)).toMatchObject({ releasedAt: null, unansweredLooks: 1 });
    outside.gpu.plan.cancel.push('error');
    await releaseAttempt(worker(1_400), { attemptId });
    expect(await attemptOf(loraModelId)).toMatchObject({ releasedAt: null, unansweredLooks: 0 });
    await releaseAttempt(worker(1_500), { attemptId });
    expect((await attemptOf(loraModelId)).releasedAt).not.toBeNull();
    expect(await db().loraFile.count({ where: { loraModelId } })).toBe(1);
  });

  it('takes nothing away when another worker has it since: that one may have seen a result', async () => {
    const { loraModelId, attemptId } = await finished();
    outside.gpu.plan.observe.push('error');
    await observeAttempt(worker(1_000), { attemptId });
    outside.gpu.plan.observe.push('hold-after');
    const frozen = releaseAttempt(worker(1_001), { attemptId });
    await outside.gpu.nextHeld();
    await leaseRunsOut(attemptId);
    const other = await claimAttempt(attemptId, 'ended', later(1_100));
    outside.gpu.held.shift()?.letGo();
    await frozen;
    expect(outside.gpu.cancelled).toEqual([]);
    expect(outside.gpu.jobs.size).toBe(1);
    expect(await attemptOf(loraModelId)).toMatchObject({
      fence: other?.attempt.fence,
      releasedAt: null,
    });

    await leaseRunsOut(attemptId);
    await releaseAttempt(worker(1_200), { attemptId });
    expect(outside.gpu.jobs.size).toBe(0);
    expect(await db().loraFile.count({ where: { loraModelId } })).toBe(1);
  });

  it('of a job that is gone already is done', async () => {
    const { loraModelId, attemptId } = await finished();
    await observeAttempt(worker(10), { attemptId });
    outside.gpu.plan.cancel.push('not-found');
    outside.gpu.plan.release.push('not-found');
    await releaseAttempt(worker(11), { attemptId });
    expect((await attemptOf(loraModelId)).releasedAt).not.toBeNull();
  });

  it('whose worker died after it is made again by another, harmlessly', async () => {
    const { loraModelId, attemptId } = await finished();
    await observeAttempt(worker(10), { attemptId });
    outside.gpu.plan.release.push('hold-after');
    const dead = await hanging(releaseAttempt(worker(11), { attemptId }));
    await leaseRunsOut(attemptId);
    await releaseAttempt(worker(42), { attemptId });
    const after = await attemptOf(loraModelId);
    expect(after.releasedAt).not.toBeNull();
    dead.letGo();
    await dead.end;
    expect(await attemptOf(loraModelId)).toEqual(after);
  });
});

describe('the sweep', () => {
  it('beside others like it does each step once', async () => {
    const { loraModelId } = await started();
    await Promise.all([1, 2, 3, 4].map(() => sweepAttempts(() => later(1))));
    expect(outside.gpu.inputs).toHaveLength(1);
    await finishJob(outside.gpu, outside.gpu.onlyJob());
    await Promise.all([1, 2, 3, 4].map(() => sweepAttempts(() => later(60))));
    expect(await settlements(loraModelId)).toEqual(['capture']);
    expect(await findings()).toEqual([]);
  });

  it('goes on with the others when one step breaks', async () => {
    const broken = await started();
    const sound = await started();
    await withPowerCut('credit_lines', async () => {
      outside.gpu.plan.submit.push('reject');
      await sweepAttempts(() => later(1));
    });
    expect((await attemptOf(sound.loraModelId)).state).not.toBe('ended');
    expect((await attemptOf(broken.loraModelId)).state).not.toBe('ended');
    await leaseRunsOut(broken.attemptId);
    await leaseRunsOut(sound.attemptId);
    await sweepAttempts(() => later(30));
    for (const { loraModelId } of [broken, sound]) {
      expect((await attemptOf(loraModelId)).state).toBe('submitted');
    }
    expect(await findings()).toEqual([]);
  });
});
