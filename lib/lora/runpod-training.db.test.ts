import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Context, systemContext } from '../context.ts';
import { auditLedger } from '../credits/audit-ledger.ts';
import { startRunPodWorld } from '../testing/provider-world.ts';
import type { RunPodStandIn } from '../testing/runpod-stand-in.ts';
import { attemptOf, later, makeStage, trainingOf } from '../testing/training-stage.ts';
import { listProviderTrouble } from './list-provider-trouble.ts';
import { readBills } from './read-bills.ts';
import { sweepAttempts } from './sweep-attempts.ts';

// Many looks, and many requests each: on a busy machine they take their time.
vi.setConfig({ testTimeout: 90_000 });

let runpod: RunPodStandIn;
beforeAll(async () => {
  const world = await startRunPodWorld();
  runpod = world.runpod;
  return world.stop;
});

let seconds = 0;
beforeEach(() => {
  seconds = 0;
});

/** Looks again and again, a minute later each time or more, until `isOver` says so. */
async function sweepUntil(isOver: () => Promise<boolean>, stepSeconds = 60): Promise<void> {
  await expect
    .poll(
      async () => {
        seconds += stepSeconds;
        await sweepAttempts(() => later(seconds));
        return isOver();
      },
      { timeout: 80_000, interval: 100 },
    )
    .toBe(true);
}

const ended = (loraModelId: string) => async () =>
  !['pending', 'training'].includes((await trainingOf(loraModelId)).status);
const released = (loraModelId: string) => async () =>
  (await attemptOf(loraModelId)).releasedAt !== null;

it('a training gets a pod of its own, which is gone when the file is in our store', async () => {
  runpod.next.looksToBoot = 4;
  const stage = await makeStage({ withObjects: true });
  const { loraModelId } = await stage.start();
  await sweepUntil(ended(loraModelId));
  expect(await trainingOf(loraModelId)).toMatchObject({
    status: 'ready',
    externalProvider: 'runpod',
  });
  await sweepUntil(released(loraModelId));
  const attempt = await attemptOf(loraModelId);
  const [standing, ...others] = runpod.podsOf(attempt.jobName);
  expect(standing?.pod.status).toBe('TERMINATED');
  expect(others).toEqual([]);
  // An L40S at 0.86 US dollars an hour, from its order until it was known to be gone.
  expect(attempt.rentedSince?.toISOString()).toBe(standing?.pod.createdAt);
  expect(attempt.microUsdPerSecond).toBe(239);
  expect((await trainingOf(loraModelId)).gpuCostMicroUsd).toBe(attempt.gpuCostMicroUsd);
  expect(runpod.billing()).toEqual([]);
  expect(await auditLedger()).toEqual([]);
});

it('a pod that never comes up fails the training in the end, costs no credits and no more money', async () => {
  runpod.next.looksToBoot = -1;
  const stage = await makeStage({ withObjects: true });
  const { loraModelId } = await stage.start();
  await sweepUntil(ended(loraModelId));
  expect(await trainingOf(loraModelId)).toMatchObject({
    status: 'failed',
    failureReason: 'GPU_UNAVAILABLE',
  });
  await sweepUntil(released(loraModelId));
  expect(runpod.billing()).toEqual([]);
  expect(await stage.balance()).toMatchObject({ availableCredits: 100_000, reservedCredits: 0 });
});

it('a pod that is given up before it came up is replaced, and counts', async () => {
  runpod.next.looksToBoot = -1;
  const stage = await makeStage({ withObjects: true });
  const { loraModelId } = await stage.start();
  const { jobName } = await attemptOf(loraModelId);
  await sweepUntil(async () => runpod.podsOf(jobName).length === 1);
  const hourAgo = new Date(Date.now() - 3_600_000).toISOString();
  for (const { pod } of runpod.podsOf(jobName)) {
    Object.assign(pod, { status: 'ERROR', createdAt: hourAgo });
  }
  runpod.next.looksToBoot = 1;
  await sweepUntil(ended(loraModelId));
  await sweepUntil(released(loraModelId));
  expect(runpod.podsOf(jobName)).toHaveLength(2);
  const { spentInVainMicroUsd, gpuCostMicroUsd } = await attemptOf(loraModelId);
  expect(Number(spentInVainMicroUsd)).toBeGreaterThanOrEqual(3_600 * 239);
  expect(Number(spentInVainMicroUsd)).toBeLessThan(3_700 * 239);
  expect(gpuCostMicroUsd).toBeGreaterThan(spentInVainMicroUsd);
  expect(await trainingOf(loraModelId)).toMatchObject({ status: 'ready', gpuCostMicroUsd });
});

it('a pod whose proxy is dead is given up within two hours, and removed, although nobody can say what became of its job', async () => {
  runpod.next.looksToBoot = 1;
  const stage = await makeStage({ withObjects: true });
  const { loraModelId } = await stage.start();
  await sweepUntil(async () => (await attemptOf(loraModelId)).externalJobId !== null);
  for (const standing of runpod.podsOf((await attemptOf(loraModelId)).jobName)) {
    standing.looksToBoot = -1;
  }
  const before = seconds;
  await sweepUntil(ended(loraModelId), 1_800);
  expect(await trainingOf(loraModelId)).toMatchObject({ failureReason: 'GPU_LOST' });
  expect(seconds - before).toBeLessThanOrEqual(2 * 3_600);
  await sweepUntil(released(loraModelId));
  expect(runpod.billing()).toEqual([]);
});

describe('what is billed', () => {
  const bill = async (loraModelId: string) => (await attemptOf(loraModelId)).billedMicroUsd;

  /** A training of which nothing is left, and the moment from which on its bill is read. */
  async function past(hours: number): Promise<{ loraModelId: string; ctx: Context }> {
    runpod.next.looksToBoot = 1;
    const stage = await makeStage({ withObjects: true });
    const { loraModelId } = await stage.start();
    await sweepUntil(released(loraModelId));
    return { loraModelId, ctx: systemContext('sweep', later(seconds + hours * 3_600)) };
  }

  it('is kept beside what was added up, some hours after the end and not before', async () => {
    const early = await past(1);
    await readBills(early.ctx);
    expect(await bill(early.loraModelId)).toBeNull();
    const { loraModelId, ctx } = await past(20);
    await readBills(ctx);
    const { gpuCostMicroUsd, rentedSince, microUsdPerSecond } = await attemptOf(loraModelId);
    const billed = (await bill(loraModelId)) ?? 0n;
    // The stand-in bills by the real clock; the training was taken through hours in a few seconds.
    const realMs = Date.now() - (rentedSince?.getTime() ?? 0);
    expect(billed).toBeGreaterThan(0n);
    expect(Number(billed)).toBeLessThanOrEqual(
      Math.ceil((realMs / 1_000) * (microUsdPerSecond ?? 0)) + 1,
    );
    expect((await attemptOf(loraModelId)).gpuCostMicroUsd).toBe(gpuCostMicroUsd);
  });

  it('is asked for four times a day by one worker, in one request for all', async () => {
    const { ctx } = await past(40);
    runpod.requests.length = 0;
    await Promise.all([readBills(ctx), readBills(ctx)]);
    await readBills(ctx);
    expect(runpod.requests).toEqual([expect.stringContaining('GET /v2/billing/pods?')]);
  });

  it('that may not be read stops no training', async () => {
    const { loraModelId, ctx } = await past(60);
    runpod.trouble(/GET .*billing/, { status: 403 });
    await readBills(ctx);
    expect(await bill(loraModelId)).toBeNull();
    expect(await listProviderTrouble()).toEqual([]);
  });
});
