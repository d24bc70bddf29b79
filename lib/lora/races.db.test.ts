import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { db } from '../db.ts';
import { withOutside } from '../testing/outside.ts';
import type { Answer } from '../testing/scripted-gpu.ts';
import {
  atStep,
  attemptOf,
  findings,
  finishJob,
  leaseRunsOut,
  makeStage,
  trainingOf,
  worker,
} from '../testing/training-stage.ts';
import { cancelTraining } from './cancel-training.ts';
import { observeAttempt } from './observe-attempt.ts';
import { releaseAttempt } from './release-attempt.ts';
import { submitAttempt } from './submit-attempt.ts';

// The two races that have a rule (decisions: "Cancel", "A result that arrives late"), from both
// sides and with two workers at one attempt: one that is frozen past its lease and wakes up again.

const outside = withOutside();
/** For what must come, however loaded the machine is. */
const patiently = { interval: 2, timeout: 15_000 };

async function running() {
  const stage = await makeStage();
  const { loraModelId } = await stage.start();
  const { id: attemptId } = await attemptOf(loraModelId);
  await submitAttempt(worker(), { attemptId });
  const job = outside.gpu.onlyJob();
  outside.gpu.set(job.name, atStep(700));
  await observeAttempt(worker(2), { attemptId });
  return { stage, loraModelId, attemptId, job };
}
type Run = Awaited<ReturnType<typeof running>>;

/** A look whose worker freezes with the provider's answer in its hands, and loses its lease. */
async function frozenLook({ attemptId }: Run, seconds: number) {
  outside.gpu.plan.observe.push('hold-after');
  const look = observeAttempt(worker(seconds), { attemptId });
  await vi.waitUntil(() => outside.gpu.held.length === 1, patiently);
  await leaseRunsOut(attemptId);
  return async () => {
    outside.gpu.held[0]?.letGo();
    await look;
  };
}

async function outcome({ stage, loraModelId }: Run) {
  expect(await findings()).toEqual([]);
  const settled = await db().creditLine.findMany({
    where: { loraModelId, holdId: { not: null } },
    select: { kind: true },
  });
  const { status, failureReason } = await trainingOf(loraModelId);
  const files = await db().loraFile.count({ where: { loraModelId } });
  const { totalCredits } = await stage.balance();
  return { status, failureReason, settled: settled.map(({ kind }) => kind), files, totalCredits };
}

const ready = {
  status: 'ready',
  failureReason: null,
  settled: ['capture'],
  files: 1,
  totalCredits: 78_000,
};
const cancelled = {
  status: 'cancelled',
  failureReason: null,
  settled: ['release'],
  files: 0,
  totalCredits: 100_000,
};
const tooLate = {
  status: 'failed',
  failureReason: 'DEADLINE_PASSED',
  settled: ['release'],
  totalCredits: 100_000,
};

describe('a late success against a failure', () => {
  it('the failure first: the file is kept, nothing is charged, and the free retry claims it', async () => {
    const run = await running();
    await observeAttempt(worker(1_000), run);
    expect(await outcome(run)).toMatchObject({ ...tooLate, files: 0 });
    await finishJob(outside.gpu, run.job);
    await releaseAttempt(worker(1_001), run);
    expect(await outcome(run)).toMatchObject({ ...tooLate, files: 1 });
    expect(outside.gpu.jobs.size).toBe(0);

    const retry = await run.stage.start({ requestId: randomUUID(), expectedCredits: 0 }, 1_100);
    const { id: attemptId } = await attemptOf(retry.loraModelId);
    await Promise.all([1, 2, 3].map(() => submitAttempt(worker(1_101), { attemptId })));
    expect((await trainingOf(retry.loraModelId)).status).toBe('ready');
    expect(outside.gpu.inputs).toHaveLength(1);
    expect(await outcome(run)).toMatchObject({ ...tooLate, files: 0 });
  });

  it('the success first: past the deadline it still counts', async () => {
    const run = await running();
    await finishJob(outside.gpu, run.job);
    await observeAttempt(worker(1_000), run);
    expect(await outcome(run)).toEqual(ready);
  });

  it('one worker about to fail it, another with the result: ready, and the first changes nothing', async () => {
    const run = await running();
    const wake = await frozenLook(run, 1_000);
    await finishJob(outside.gpu, run.job);
    await observeAttempt(worker(1_031), run);
    expect(await outcome(run)).toEqual(ready);
    await wake();
    expect(await outcome(run)).toEqual(ready);
    expect(await db().freeRetry.count({ where: { failedLoraModelId: run.loraModelId } })).toBe(0);
  });

  it('one worker with the result, another that fails it: failed, and the file is kept', async () => {
    const run = await running();
    await finishJob(outside.gpu, run.job);
    const wake = await frozenLook(run, 1_000);
    outside.gpu.plan.observe.push('error');
    await observeAttempt(worker(1_031), run);
    expect(await outcome(run)).toMatchObject({ ...tooLate, files: 0 });
    await wake();
    expect(await outcome(run)).toMatchObject({ ...tooLate, files: 0 });
    await releaseAttempt(worker(1_040), run);
    expect(await outcome(run)).toMatchObject({ ...tooLate, files: 1 });
    expect(await db().freeRetry.count({ where: { failedLoraModelId: run.loraModelId } })).toBe(1);
  });
});

describe('a cancellation against a completion', () => {
  it('the cancellation first: a result that is there by the next look wins', async () => {
    const run = await running();
    await cancelTraining(run.stage.ctx(3), run);
    await finishJob(outside.gpu, run.job);
    await observeAttempt(worker(4), run);
    expect(await outcome(run)).toEqual(ready);
  });

  it('the completion first: the cancellation is too late and says so', async () => {
    const run = await running();
    await finishJob(outside.gpu, run.job);
    await observeAttempt(worker(4), run);
    await expect(cancelTraining(run.stage.ctx(5), run)).rejects.toMatchObject({
      code: 'TRAINING_ENDED',
    });
    expect(await outcome(run)).toEqual(ready);
  });

  it('a cancellation while a worker holds the result in its hands: ready, once', async () => {
    const run = await running();
    await finishJob(outside.gpu, run.job);
    outside.gpu.plan.observe.push('hold-after');
    const look = observeAttempt(worker(4), run);
    await vi.waitUntil(() => outside.gpu.held.length === 1, patiently);
    await cancelTraining(run.stage.ctx(5), run);
    outside.gpu.held[0]?.letGo();
    await look;
    expect(await outcome(run)).toEqual(ready);
  });

  it('a cancellation while a worker sees the job run: cancelled at the next look', async () => {
    const run = await running();
    outside.gpu.plan.observe.push('hold-after');
    const look = observeAttempt(worker(4), run);
    await vi.waitUntil(() => outside.gpu.held.length === 1, patiently);
    await cancelTraining(run.stage.ctx(5), run);
    outside.gpu.held[0]?.letGo();
    await look;
    expect((await trainingOf(run.loraModelId)).status).toBe('training');
    await observeAttempt(worker(8), run);
    expect(await outcome(run)).toEqual(cancelled);
  });

  it('one worker about to cancel it, another with the result: ready, and the first changes nothing', async () => {
    const run = await running();
    await cancelTraining(run.stage.ctx(3), run);
    const wake = await frozenLook(run, 4);
    await finishJob(outside.gpu, run.job);
    await observeAttempt(worker(40), run);
    await wake();
    expect(await outcome(run)).toEqual(ready);
  });

  it('one worker with the result, another that cancels it: cancelled, and nothing is charged', async () => {
    const run = await running();
    await cancelTraining(run.stage.ctx(3), run);
    await finishJob(outside.gpu, run.job);
    const wake = await frozenLook(run, 4);
    outside.gpu.plan.observe.push('error');
    await observeAttempt(worker(40), run);
    expect(await outcome(run)).toEqual(cancelled);
    await wake();
    expect(await outcome(run)).toEqual(cancelled);
  });
});

/** Two workers at one attempt: the calls they make wait, and are let go in the order of a schedule. */
async function interleave(work: (() => Promise<void>)[], schedule: number[]): Promise<void> {
  let done = 0;
  const ends = work.map((start) =>
    start()
      .catch(() => undefined)
      .finally(() => {
        done += 1;
      }),
  );
  // Each worker waits for one call at a time; when all wait or have ended, the schedule says who goes.
  for (let turn = 0; ; turn += 1) {
    await vi.waitUntil(() => outside.gpu.held.length + done === work.length, patiently);
    const { held } = outside.gpu;
    if (held.length === 0) break;
    held[(schedule[turn] ?? 0) % held.length]?.letGo();
  }
  await Promise.all(ends);
}

const hold = fc.constantFrom<Answer>('hold-before', 'hold-after');
const schedule = fc.array(fc.nat(3), { minLength: 8, maxLength: 8 });
// The seed is printed when it fails; give it back as `seed` and `path` to run it again. No limit of
// time interrupts a run: its workers would go on in the next one's world, and submit a job there.
const runs = { numRuns: 25 };

describe('in every order of what two workers hear', () => {
  it('a submit makes one job, and its attempt names it', async () => {
    await fc.assert(
      fc.asyncProperty(hold, hold, schedule, async (first, second, order) => {
        await outside.reset();
        const stage = await makeStage();
        const { loraModelId } = await stage.start();
        const { id: attemptId } = await attemptOf(loraModelId);
        outside.gpu.plan.list.push(first, second);
        outside.gpu.plan.submit.push(second, first);
        const frozen = async () => {
          const work = submitAttempt(worker(1), { attemptId });
          await vi.waitUntil(() => outside.gpu.held.length > 0, patiently);
          await leaseRunsOut(attemptId);
          await work;
        };
        const other = async () => {
          await vi.waitUntil(
            async () => (await attemptOf(loraModelId)).leaseUntil?.getTime() === 0,
            patiently,
          );
          await submitAttempt(worker(32), { attemptId });
        };
        await interleave([frozen, other], order);
        const job = outside.gpu.onlyJob();
        expect(await attemptOf(loraModelId)).toMatchObject({
          state: 'submitted',
          externalJobId: job.id,
          fence: 2,
        });
        expect(outside.gpu.record.size).toBe(1);
      }),
      runs,
    );
  }, 180_000);

  it('a training ends once, whoever saw it finish, cancelled or late', async () => {
    await fc.assert(
      fc.asyncProperty(
        hold,
        hold,
        schedule,
        fc.boolean(),
        fc.constantFrom(10, 1_000),
        async (first, second, order, cancels, seconds) => {
          await outside.reset();
          const run = await running();
          if (cancels) await cancelTraining(run.stage.ctx(3), run);
          outside.gpu.plan.observe.push(first, second);
          const frozen = async () => {
            const work = observeAttempt(worker(seconds), run);
            await vi.waitUntil(() => outside.gpu.held.length > 0, patiently);
            await leaseRunsOut(run.attemptId);
            await finishJob(outside.gpu, run.job);
            await work;
          };
          const other = async () => {
            await vi.waitUntil(
              () => outside.gpu.jobs.get(run.job.name)?.state === 'succeeded',
              patiently,
            );
            await observeAttempt(worker(seconds + 31), run);
          };
          await interleave([frozen, other], order);
          const seen = await outcome(run);
          expect(seen.settled).toHaveLength(1);
          // The second worker always sees the finished job, and a finished result wins.
          expect(seen).toEqual(ready);
        },
      ),
      runs,
    );
  }, 180_000);
});
