import { beforeEach, describe, expect, it, vi } from 'vitest';
import { runAudit } from '../audit/run-audit.ts';
import { systemContext } from '../context.ts';
import { databaseNow } from '../database-now.ts';
import { db } from '../db.ts';
import { sweepDeletions } from '../deletions/sweep-deletions.ts';
import { getSuccessMetrics } from '../metrics/get-success-metrics.ts';
import { store } from '../storage/store.ts';
import { changeSettings } from '../testing/change-settings.ts';
import { findCanaries } from '../testing/find-canaries.ts';
import { withOutside } from '../testing/outside.ts';
import { finishJob } from '../testing/training-stage.ts';
import { pauseTrainings } from './pause-trainings.ts';
import { startTrial } from './start-trial.ts';
import { sweepAttempts } from './sweep-attempts.ts';
import { trialByWorkers } from './trial-by-workers.ts';

changeSettings({ SANDBOX_PRICE_MICRO_USD_PER_SECOND: '500' });
const outside = withOutside();
const baseModel = 'z-image-turbo';
const lines: string[] = [];
beforeEach(() => {
  lines.length = 0;
});

/** Runs a trial while `work` is done again and again, which is what the application's workers do. */
async function tried(
  work: () => Promise<unknown>,
  { signal, unseenMs = 60_000 }: { signal?: AbortSignal; unseenMs?: number } = {},
) {
  const watch = { tell: (line: string) => lines.push(line), signal, pauseMs: 30 };
  const trial = trialByWorkers(baseModel, watch, unseenMs);
  let isOver = false;
  const over = trial.then(
    () => true,
    () => true,
  );
  void over.then(() => {
    isOver = true;
  });
  while (!isOver) {
    await work();
    await Promise.race([over, new Promise((resolve) => setTimeout(resolve, 30))]);
  }
  return trial;
}

const running = (step: number) => ({
  state: 'running' as const,
  progress: {
    phase: 'training' as const,
    step,
    totalSteps: 10,
    loss: 0.2,
    secondsPerStep: 1,
    gpuSeconds: 4 * step,
  },
});

/** Workers that look at everything that is due, and a host that is at step 5 and then done. */
async function train(): Promise<void> {
  await sweepAttempts();
  const [job] = outside.gpu.jobs.values();
  if (job?.state === 'queued') outside.gpu.set(job.name, running(5));
  else if (job?.state === 'running' && lines.some((line) => line.includes('step 5 of 10'))) {
    outside.gpu.set(job.name, running(10));
    await finishJob(outside.gpu, job);
  }
}

/** Nothing but the receipt of the deletion, which names random ids and counts. */
async function expectNothingLeft(): Promise<void> {
  expect([...outside.gpu.jobs.values()]).toEqual([]);
  for await (const { key } of store().list('')) expect.unreachable(key);
  expect(await db().loraModel.count()).toBe(0);
  expect(await db().trainingAttempt.count()).toBe(0);
  expect(await db().webhookDelivery.count()).toBe(0);
  expect(await db().character.count()).toBe(0);
  expect(await db().user.count()).toBe(0);
  expect(await db().notification.count()).toBe(0);
  expect(await db().act.count()).toBe(0);
  expect(await db().freeRetry.count()).toBe(0);
  expect(await db().creditAccount.count()).toBe(0);
  expect(await db().creditLine.count()).toBe(0);
  const { subjectId, state } = await db().deletion.findFirstOrThrow({
    orderBy: { requestedAt: 'desc' },
  });
  expect(state).toBe('emptied');
  const places = await findCanaries([subjectId, 'ohwx_trial']);
  expect(places.filter((place) => !place.startsWith('public.deletions'))).toEqual([]);
}

describe('a trial by the application’s workers', () => {
  it('says its steps, its file, its time and its cost, and leaves nothing', async () => {
    const trial = await tried(train);
    expect(lines).toContain('training, step 5 of 10');
    expect(trial.files).toMatchObject([{ role: 'main', rank: 16 }]);
    expect(trial.files[0]?.bytes).toBeGreaterThan(0);
    expect(trial.seconds).toBeGreaterThan(0);
    expect(trial.costMicroUsd).toBe(40n * 500n);
    const [input] = outside.gpu.inputs;
    expect(input).toMatchObject({ baseModel, recipe: { steps: 10 }, rehearsal: null });
    expect(input?.images).toHaveLength(5);
    await expectNothingLeft();
  });

  it('says why it failed in words, with what the provider said', async () => {
    const failing = tried(async () => {
      await sweepAttempts();
      const [job] = outside.gpu.jobs.values();
      if (job?.state !== 'queued') return;
      const error = { code: 'BAD_IMAGE' as const, message: 'cannot read 3.webp', retryable: false };
      outside.gpu.set(job.name, { state: 'failed', error });
    });
    await expect(failing).rejects.toThrow(
      'Some of the images could not be read by the trainer. BAD_IMAGE: cannot read 3.webp',
    );
    await expectNothingLeft();
  });

  it('says that the application must be running when nobody takes it', async () => {
    const alone = tried(async () => {}, { unseenMs: 300 });
    await expect(alone).rejects.toThrow('`npm start` must be running');
    expect(outside.gpu.inputs).toEqual([]);
    await expectNothingLeft();
  });

  it('says so, too, when its workers die in the middle', async () => {
    const dying = tried(
      async () => {
        if (!lines.includes('submitted')) await sweepAttempts();
      },
      { unseenMs: 3_000 },
    );
    await expect(dying).rejects.toThrow('`npm start` must be running');
    expect(outside.gpu.cancelled).toHaveLength(1);
    await expectNothingLeft();
  });

  it('is ended and removed when it is stopped by hand', async () => {
    const stop = new AbortController();
    const stopped = tried(
      async () => {
        await sweepAttempts();
        const [job] = outside.gpu.jobs.values();
        if (job?.state === 'queued') outside.gpu.set(job.name, running(5));
        if (lines.includes('training, step 5 of 10')) stop.abort(new Error('It was stopped.'));
      },
      { signal: stop.signal },
    );
    await expect(stopped).rejects.toThrow('It was stopped.');
    expect(outside.gpu.cancelled).toHaveLength(1);
    await expectNothingLeft();
  });

  it('leaves nothing when the store fails before there is a training', async () => {
    const write = vi.spyOn(store(), 'write').mockRejectedValueOnce(new Error('no room'));
    await expect(tried(async () => {})).rejects.toThrow('no room');
    write.mockRestore();
    await expectNothingLeft();
  });
});

describe('while a trial is there', () => {
  it('counts nowhere, agrees with the books, and is removed by the workers if nobody else does', async () => {
    const characterId = crypto.randomUUID();
    const started = await databaseNow();
    await startTrial(systemContext('operator', started), { characterId, baseModel });
    const counted = () => getSuccessMetrics({ days: 7, source: 'sandbox' });
    expect((await counted()).completion.open).toBe(0);
    await vi.waitFor(
      async () => {
        lines.push('step 5 of 10');
        await train();
        expect(await db().loraModel.count({ where: { status: 'ready' } })).toBe(1);
        expect(await db().trainingAttempt.count({ where: { releasedAt: null } })).toBe(0);
      },
      { timeout: 20_000, interval: 50 },
    );
    expect((await counted()).completion).toEqual({ ready: 0, failed: 0, cancelled: 0, open: 0 });
    const audit = await runAudit(systemContext('sweep', await databaseNow()), { all: true });
    expect(audit.findings).toEqual([]);

    const { deadlineAt } = await db().loraModel.findFirstOrThrow();
    await sweepDeletions(systemContext('sweep', deadlineAt));
    expect(await db().loraModel.count()).toBe(1);
    await sweepDeletions(systemContext('sweep', new Date(deadlineAt.getTime() + 3_600_000)));
    await expectNothingLeft();
  });

  it('is nobody’s and holds nothing: the database refuses anything else', async () => {
    const characterId = crypto.randomUUID();
    const ctx = systemContext('operator', await databaseNow());
    const { loraModelId: id } = await startTrial(ctx, { characterId, baseModel });
    const user = await db().user.create({ data: { email: 'somebody@example.test' } });
    await expect(
      db().loraModel.update({ where: { id }, data: { userId: user.id } }),
    ).rejects.toThrow('does not change');
    const training = await db().loraModel.findUniqueOrThrow({ where: { id } });
    await expect(
      db().loraModel.create({
        data: {
          ...training,
          id: crypto.randomUUID(),
          userId: user.id,
          config: {},
          imageManifest: [],
          status: 'cancelled',
          trainingCompletedAt: ctx.now,
        },
      }),
    ).rejects.toThrow('lora_models_trial_is_nobodys');
  });

  it('is refused while trainings are paused', async () => {
    const ctx = systemContext('operator', await databaseNow());
    await pauseTrainings(ctx, { by: 'ops@example.test', reason: 'a test' });
    const deletions = await db().deletion.count();
    await expect(tried(async () => {})).rejects.toMatchObject({ code: 'TRAININGS_PAUSED' });
    expect(await db().deletion.count()).toBe(deletions);
  });
});
