import { beforeEach, describe, expect, it } from 'vitest';
import { db } from '../db.ts';
import { changeSettings } from '../testing/change-settings.ts';
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
import { askProvider, ProviderAway } from './ask-provider.ts';
import { submitAttempt } from './submit-attempt.ts';
import { sweepAttempts } from './sweep-attempts.ts';

// A training may take four hours here, and a queue forty minutes: less than the outage below.
changeSettings({ SANDBOX_TRAINING_SECONDS: '2400' });
const outside = withOutside();
beforeEach(async () => {
  await db().trainingAttempt.updateMany({ data: { nextCheckAt: null } });
});

const list = (seconds: number) => askProvider('sandbox', later(seconds), (port) => port.list());
const known = () => db().gpuProvider.findUniqueOrThrow({ where: { id: 'sandbox' } });

async function failTimes(count: number, seconds = 0): Promise<void> {
  outside.gpu.always = 'error';
  for (let n = 0; n < count; n += 1) await expect(list(seconds + n)).rejects.toThrow();
  outside.gpu.always = null;
}

describe('askProvider', () => {
  it('writes nothing while all is well', async () => {
    await list(0);
    expect(await db().gpuProvider.count()).toBe(0);
  });

  it('asks no more after five failures in a row, and tells for how long', async () => {
    await failTimes(5);
    const asked = outside.gpu.requests.length;
    const refusal = await list(10).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ProviderAway);
    expect((refusal as ProviderAway).retryAfterMs).toBeGreaterThanOrEqual(24_000);
    expect(outside.gpu.requests).toHaveLength(asked);
    expect(await known()).toMatchObject({ trouble: 'away', openUntil: later(34) });
  });

  it('lets one of many through when its time is over; what comes back closes it for all', async () => {
    await failTimes(5);
    const asked = outside.gpu.requests.length;
    outside.gpu.plan.list.push('hold-after');
    let refused = 0;
    const many = Promise.allSettled(
      Array.from({ length: 6 }, () =>
        list(40).catch((error) => {
          refused += 1;
          throw error;
        }),
      ),
    );
    // A busy machine takes its time over six calls at once.
    const counted = () => [outside.gpu.held.length, refused];
    await expect.poll(counted, { timeout: 15_000 }).toEqual([1, 5]);
    outside.gpu.held[0]?.letGo();
    expect((await many).filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(outside.gpu.requests).toHaveLength(asked + 1);
    expect(await known()).toMatchObject({ trouble: null, openUntil: null, failures: 0 });
    await list(41);
  });

  it('doubles the wait when the probe fails', async () => {
    await failTimes(5);
    await failTimes(1, 40);
    expect(await known()).toMatchObject({ openSeconds: 60, openUntil: later(100) });
  });

  it('takes a full provider for a healthy one', async () => {
    outside.gpu.always = 'busy';
    for (let n = 0; n < 12; n += 1) await expect(list(n)).rejects.toMatchObject({ kind: 'busy' });
    outside.gpu.always = null;
    expect(await db().gpuProvider.count()).toBe(0);
  });

  it('opens at once when it refuses us, and says that it is the operator’s', async () => {
    outside.gpu.plan.list.push('forbidden');
    await expect(list(0)).rejects.toMatchObject({ kind: 'config' });
    const row = await known();
    expect(row).toMatchObject({ trouble: 'config' });
    expect(row.lastError).toContain('403');
  });
});

it('burns no try and loses no place while the provider is given time', async () => {
  const stage = await makeStage();
  const { loraModelId } = await stage.start();
  await failTimes(5);
  for (const seconds of [10, 16, 22]) {
    await submitAttempt(worker(seconds), { attemptId: (await attemptOf(loraModelId)).id });
  }
  expect(await attemptOf(loraModelId)).toMatchObject({ state: 'submitting', tries: 0 });
  expect((await stage.balance()).reservedCredits).toBe(22_000);
});

it('an outage of two hours fails no training, and all of them finish after it', async () => {
  const made = [];
  for (let n = 0; n < 5; n += 1) {
    const stage = await makeStage();
    const { loraModelId } = await stage.start();
    made.push({ stage, loraModelId });
    // The first three run when it begins; two have no GPU yet.
    if (n < 3) await submitAttempt(worker(), { attemptId: (await attemptOf(loraModelId)).id });
  }
  for (const { jobName } of await attempts(made)) {
    if (outside.gpu.jobs.has(jobName)) outside.gpu.set(jobName, atStep(100));
  }
  let seconds = 0;
  const sweepFor = async (until: number, every = 20) => {
    for (; seconds < until; seconds += every) await sweepAttempts(() => later(seconds));
  };
  await sweepFor(60);
  outside.gpu.always = 'error';
  const asked = outside.gpu.requests.length;
  await sweepFor(60 + 7_200, 120);
  // One probe each five minutes at most, besides what it took to find out.
  expect(outside.gpu.requests.length - asked).toBeLessThan(60);
  for (const { loraModelId } of made) {
    expect(['pending', 'training']).toContain((await trainingOf(loraModelId)).status);
  }
  outside.gpu.always = null;
  // Within a quarter of an hour all are where they would have been.
  await sweepFor(7_260 + 600);
  for (const job of [...outside.gpu.jobs.values()]) await finishJob(outside.gpu, job);
  await sweepFor(7_260 + 900);
  for (const { loraModelId } of made) {
    expect((await trainingOf(loraModelId)).status).toBe('ready');
  }
  expect(outside.gpu.inputs).toHaveLength(5);
  expect(await findings()).toEqual([]);
}, 120_000);

function attempts(made: { loraModelId: string }[]) {
  return Promise.all(made.map(({ loraModelId }) => attemptOf(loraModelId)));
}
