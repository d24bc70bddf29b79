import { expect, it } from 'vitest';
import { db } from '../db.ts';
import type { HostJob } from '../gpu/protocol.ts';
import { withOutside } from '../testing/outside.ts';
import { atStep, attemptOf, makeStage, worker } from '../testing/training-stage.ts';
import { jobNamePrefix } from './new-attempt.ts';
import { reapOrphans } from './reap-orphans.ts';
import { submitAttempt } from './submit-attempt.ts';

const outside = withOutside();

async function submitted() {
  const { loraModelId } = await (await makeStage()).start();
  const attempt = await attemptOf(loraModelId);
  await submitAttempt(worker(), { attemptId: attempt.id });
  return { attempt, job: outside.gpu.jobs.get(attempt.jobName) as HostJob };
}

/** Puts a job at the provider that nobody here has asked for. */
function stray(name: string, id: string, createdAt = '2026-03-12T12:00:00.000Z'): void {
  const progress = atStep(10).progress;
  const job: HostJob = { id, name, state: 'running', createdAt, progress, files: [], error: null };
  outside.gpu.jobs.set(id, job);
}

const unknown = async () => `${await jobNamePrefix(db())}00000000-0000-4000-8000-000000000000-a1`;

it('ends a job of ours that no attempt knows, seen on two passes running', async () => {
  await submitted();
  stray(await unknown(), 'stray');
  await reapOrphans(worker(0));
  await reapOrphans(worker(60));
  expect(outside.gpu.cancelled).toEqual([]);
  await reapOrphans(worker(120));
  expect(outside.gpu.cancelled).toEqual(['stray']);
  expect(await db().orphanJob.count()).toBe(0);
  expect(outside.gpu.jobs.size).toBe(1);
});

it('leaves jobs of other installations and of others alone, however old', async () => {
  stray('likeness-ffffffff-00000000-0000-4000-8000-000000000000-a1', 'of-another');
  stray('somebody-elses-job', 'of-somebody');
  for (const seconds of [0, 120, 240]) await reapOrphans(worker(seconds));
  expect(outside.gpu.jobs.size).toBe(2);
});

it('forgets what was gone on one pass: two passes must follow one another', async () => {
  const name = await unknown();
  stray(name, 'stray');
  await reapOrphans(worker(0));
  outside.gpu.jobs.delete('stray');
  await reapOrphans(worker(120));
  stray(name, 'stray');
  await reapOrphans(worker(240));
  expect(outside.gpu.cancelled).toEqual([]);
  await reapOrphans(worker(360));
  expect(outside.gpu.cancelled).toEqual(['stray']);
});

it('leaves an attempt the job it watches and cancels its doubles', async () => {
  const { attempt, job } = await submitted();
  stray(attempt.jobName, 'double', '2026-03-12T11:00:00.000Z');
  for (const seconds of [0, 120]) await reapOrphans(worker(seconds));
  expect(outside.gpu.cancelled).toEqual(['double']);
  expect([...outside.gpu.jobs.values()].map(({ id }) => id)).toContain(job.id);
});

it('keeps the oldest of doubles while nobody has written one down', async () => {
  const { loraModelId } = await (await makeStage()).start();
  const { jobName } = await attemptOf(loraModelId);
  stray(jobName, 'younger', '2026-03-12T12:00:05.000Z');
  stray(jobName, 'older', '2026-03-12T12:00:01.000Z');
  for (const seconds of [0, 120]) await reapOrphans(worker(seconds));
  expect(outside.gpu.cancelled).toEqual(['younger']);
});

it('leaves what is still to be released to the release, and takes what a frozen worker submitted after it', async () => {
  const { attempt } = await submitted();
  await db().trainingAttempt.update({
    where: { id: attempt.id },
    data: { state: 'ended', endedAt: worker().now, nextCheckAt: null },
  });
  for (const seconds of [0, 120]) await reapOrphans(worker(seconds));
  expect(outside.gpu.cancelled).toEqual([]);
  await db().trainingAttempt.update({
    where: { id: attempt.id },
    data: { releasedAt: worker(130).now },
  });
  for (const seconds of [240, 360]) await reapOrphans(worker(seconds));
  expect(outside.gpu.cancelled).toHaveLength(1);
});

it('is done by one of several workers, and waits for a provider that is away', async () => {
  stray(await unknown(), 'stray');
  outside.gpu.plan.list.push('error');
  await reapOrphans(worker(0));
  await Promise.all([120, 120, 120].map((seconds) => reapOrphans(worker(seconds))));
  expect(outside.gpu.requests.filter((request) => request === 'GET /jobs')).toHaveLength(2);
  outside.gpu.plan.cancel.push('error');
  await reapOrphans(worker(240));
  expect(outside.gpu.jobs.size).toBe(1);
  await reapOrphans(worker(360));
  expect(outside.gpu.jobs.size).toBe(0);
});
