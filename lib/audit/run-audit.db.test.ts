import { randomUUID } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { creatorContext, systemContext } from '../context.ts';
import { db } from '../db.ts';
import { log } from '../log.ts';
import { observeAttempt } from '../lora/observe-attempt.ts';
import { releaseAttempt } from '../lora/release-attempt.ts';
import { startTraining } from '../lora/start-training.ts';
import { submitAttempt } from '../lora/submit-attempt.ts';
import { loraFileKey } from '../storage/keys.ts';
import { store } from '../storage/store.ts';
import { damage } from '../testing/database.ts';
import { withOutside } from '../testing/outside.ts';
import { attemptOf, finishJob, makeStage, trainingOf } from '../testing/training-stage.ts';
import { getLastAudit, nightlyAudit } from './nightly-audit.ts';
import { repairFindings } from './repair-findings.ts';
import { runAudit } from './run-audit.ts';

const outside = withOutside();
const hourMs = 3_600_000;

/** What the audit says about one of these; other tests' leftovers are theirs. */
async function foundAbout(ids: string[], now = new Date()) {
  const { findings } = await runAudit(systemContext('sweep', now), { all: true });
  return findings
    .filter(({ id }) => ids.includes(id))
    .map(({ problem }) => problem)
    .sort();
}

async function started() {
  const stage = await makeStage();
  const { loraModelId } = await startTraining(creatorContext(stage.user.id), stage.input);
  const { id: attemptId } = await attemptOf(loraModelId);
  return { stage, loraModelId, attemptId };
}

async function finished() {
  const run = await started();
  const { attemptId } = run;
  await submitAttempt(systemContext('worker'), { attemptId });
  const file = await finishJob(outside.gpu, outside.gpu.onlyJob());
  await observeAttempt(systemContext('worker'), { attemptId });
  await releaseAttempt(systemContext('worker'), { attemptId });
  expect((await trainingOf(run.loraModelId)).status).toBe('ready');
  return { ...run, file };
}

it('finds nothing where trainings went their way, and says what it looked at', async () => {
  await finished();
  await started();
  const report = await runAudit(systemContext('sweep'), { all: true });
  expect(report.findings).toEqual([]);
  expect(report.counts).toMatchObject({ trainings: 2, attempts: 2, jobs: 0, files: 1 });
  expect(report.counts.lines).toBeGreaterThanOrEqual(5);
});

describe('the store', () => {
  it('finds a file that was changed, shortened or lost', async () => {
    const { file } = await finished();
    const bytes = Buffer.alloc(file.bytes, 7);
    for (const broken of [bytes, bytes.subarray(1)]) {
      await store().write(file.key, broken, 'application/octet-stream');
      expect(await foundAbout([file.key])).toEqual(['file is not what was checked']);
    }
    await store().remove([file.key]);
    expect(await foundAbout([file.key])).toEqual(['file is not what was checked']);
  });

  it('finds objects that no row names, once they are a day old', async () => {
    const { attemptId } = await finished();
    const keys = [
      loraFileKey(randomUUID(), 'main', 'a'.repeat(64)),
      loraFileKey(attemptId, 'main', 'b'.repeat(64)),
      `characters/${randomUUID()}/images/${randomUUID()}/display.webp`,
      'something/else',
    ];
    for (const key of keys) await store().write(key, Buffer.from('x'), 'text/plain');
    expect(await foundAbout(keys)).toEqual([]);
    const tomorrow = new Date(Date.now() + 25 * hourMs);
    expect(await foundAbout(keys, tomorrow)).toEqual(keys.map(() => 'object that no row names'));
  });
});

describe('the GPU provider', () => {
  it('finds a job of ours that no attempt waits for', async () => {
    const { attemptId } = await started();
    await submitAttempt(systemContext('worker'), { attemptId });
    const own = outside.gpu.onlyJob();
    const add = (name: string, minutes: number) => {
      const createdAt = new Date(Date.now() - minutes * 60_000).toISOString();
      outside.gpu.jobs.set(name, { ...own, id: `job-${name}`, name, createdAt });
    };
    add('likeness-orphan-a1', 10);
    add('likeness-just-now-a1', 1);
    add('somebody-elses', 10);
    const names = [...outside.gpu.jobs.keys()];
    expect(names).toContain(own.name);
    const { findings } = await runAudit(systemContext('sweep'));
    const problem = 'job at a provider that no attempt waits for';
    expect(findings.filter(({ id }) => names.includes(id))).toEqual([
      { problem, id: 'likeness-orphan-a1', detail: 'sandbox job-likeness-orphan-a1' },
    ]);
  });

  it('does not take silence for order', async () => {
    outside.gpu.plan.list.push('error');
    expect(await foundAbout(['sandbox'])).toEqual(['GPU provider could not be asked']);
  });
});

describe('trainings', () => {
  it('finds what stands still, and rings its bell when asked to', async () => {
    const { loraModelId, attemptId } = await started();
    await db().trainingAttempt.update({
      where: { id: attemptId },
      data: { nextCheckAt: new Date(Date.now() - hourMs) },
    });
    await db().loraModel.update({
      where: { id: loraModelId },
      data: { deadlineAt: new Date(Date.now() - hourMs) },
    });
    expect(await foundAbout([attemptId, loraModelId])).toEqual([
      'attempt is due for long',
      'training past its deadline',
    ]);
    await db().trainingAttempt.update({ where: { id: attemptId }, data: { nextCheckAt: null } });
    const { findings } = await runAudit(systemContext('sweep'));
    expect(findings.filter(({ id }) => id === attemptId)).toMatchObject([
      { problem: 'attempt that nobody will look at' },
    ]);
    await db().$executeRaw`DELETE FROM pgboss.job`;
    expect(await repairFindings(findings)).toBe(1);
    expect(await db().$queryRaw`SELECT name, data FROM pgboss.job`).toEqual([
      { name: 'lora.attempt.submit', data: { attemptId } },
    ]);
  });

  it('finds an open hold whose training is gone', async () => {
    const { loraModelId } = await started();
    const { holdId } = await trainingOf(loraModelId);
    await damage(`DELETE FROM lora_models WHERE id = '${loraModelId}'`);
    expect(await foundAbout([holdId ?? ''])).toEqual(['open hold without its training']);
  });

  it('finds an end without its settlement, with a live attempt, and without a free retry', async () => {
    const { loraModelId, attemptId } = await started();
    await damage(`UPDATE lora_models SET status = 'failed', failure_reason = 'GPU_LOST',
                  training_completed_at = now() WHERE id = '${loraModelId}'`);
    expect(await foundAbout([loraModelId, attemptId])).toEqual([
      'failure without its free retry',
      'live attempt of an ended training',
      'open hold of an ended training',
    ]);
  });

  it('finds a ready model without its file, an open training without an attempt, and a free one that nobody earned', async () => {
    const { loraModelId } = await finished();
    await damage(`DELETE FROM lora_files WHERE lora_model_id = '${loraModelId}'`);
    expect(await foundAbout([loraModelId])).toEqual(['ready model without its file']);
    const { loraModelId: open, attemptId } = await started();
    await damage(`DELETE FROM training_attempts WHERE id = '${attemptId}';
                  UPDATE lora_models SET cost_credits = 0, hold_id = NULL WHERE id = '${open}'`);
    expect(await foundAbout([open])).toEqual([
      'free training without a free retry',
      'open training without an attempt',
    ]);
  });
});

describe('every night', () => {
  const night = (day: number, hour = 3) =>
    systemContext('sweep', new Date(Date.UTC(2031, 0, day, hour, 5)));

  it('happens once, whatever the number of workers, and not before three', async () => {
    expect(await nightlyAudit(night(1, 2))).toBe(false);
    const done = await Promise.all([1, 2, 3].map(() => nightlyAudit(night(1))));
    expect(done.filter(Boolean)).toHaveLength(1);
    expect(await nightlyAudit(night(1, 23))).toBe(false);
    expect(await nightlyAudit(night(2))).toBe(true);
  });

  it('is done by another when its worker died over it', async () => {
    await db().audit.create({ data: { day: night(5).now } });
    expect(await nightlyAudit(night(5))).toBe(false);
    await db().audit.updateMany({
      where: { finishedAt: null },
      data: { startedAt: new Date(Date.now() - 2 * hourMs) },
    });
    expect(await nightlyAudit(night(5))).toBe(true);
  });

  it('keeps what it found for operators, and logs it as an error', async () => {
    const errors = vi.spyOn(log(), 'error').mockImplementation(() => {});
    outside.gpu.plan.list.push('forbidden');
    await nightlyAudit(night(9));
    const last = await getLastAudit();
    expect(last?.findings).toContainEqual({
      problem: 'GPU provider could not be asked',
      id: 'sandbox',
      detail: 'config',
    });
    expect(errors).toHaveBeenCalledWith(
      expect.objectContaining({ count: last?.findings.length }),
      'the audit found something wrong',
    );
  });
});
