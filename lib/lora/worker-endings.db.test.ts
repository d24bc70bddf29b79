import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { db } from '../db.ts';
import type { EveryProvider } from '../testing/every-provider.ts';
import { expectOwed, listenToLog } from '../testing/owed.ts';
import { startEveryProviderWorld } from '../testing/provider-world.ts';
import { attemptOf, makeStage, noon, trainingOf } from '../testing/training-stage.ts';
import type { BaseModelId } from './rules/base-models.ts';
import { adviceByKind } from './rules/operator-advice.ts';
import { sweepAttempts } from './sweep-attempts.ts';

// What `gpu-endings.db.test.ts` holds against rented pods, for the providers whose workers report to
// us: a worker host, an endpoint of RunPod Serverless, a function at Modal (docs/gpu-faults.md).

vi.setConfig({ testTimeout: 120_000 });

const minutes = 60_000;
let every: EveryProvider;

beforeAll(async () => {
  const world = await startEveryProviderWorld((doorsUrl) => ({
    CALLBACK_URL: doorsUrl,
    GPU_USD_A_DAY: '0',
  }));
  every = world.every;
  return world.stop;
});

const heard = listenToLog();
let aheadMs = 0;
beforeEach(async () => {
  aheadMs = 0;
  every.reset();
  await db().gpuProvider.deleteMany();
  await db().trainingAttempt.updateMany({ data: { nextCheckAt: null } });
});

const credits = { 'z-image-turbo': 22_000, flux: 32_000, 'one-2.1': 32_000, 'one-2.2': 32_000 };

async function start(baseModel: BaseModelId) {
  const stage = await makeStage({ withObjects: true });
  const expectedCredits = credits[baseModel];
  const seconds = (Date.now() - noon.getTime()) / 1_000;
  const { loraModelId } = await stage.start({ baseModel, expectedCredits }, seconds);
  return { stage, loraModelId };
}
type Run = Awaited<ReturnType<typeof start>>;

/** Looks again and again, `stepMs` later each time, until `isOver` says so. */
async function sweepUntil(isOver: () => Promise<boolean>, stepMs: number): Promise<void> {
  await expect
    .poll(
      async () => {
        await sweepAttempts(() => new Date(Date.now() + aheadMs));
        if (await isOver()) return true;
        aheadMs += stepMs;
        every.serverless.pass(stepMs);
        return false;
      },
      { timeout: 100_000, interval: 50 },
    )
    .toBe(true);
}

const untilEnd = ({ loraModelId }: Run, stepMs: number) =>
  sweepUntil(
    async () => !['pending', 'training'].includes((await trainingOf(loraModelId)).status),
    stepMs,
  );

/** What it owes, and that nothing runs any more. */
async function expectEnd(
  run: Run,
  reason: Parameters<typeof expectOwed>[2],
  told: Parameters<typeof expectOwed>[3],
): Promise<void> {
  await expectOwed(run, heard, reason, told);
  const where = { loraModelId: run.loraModelId, releasedAt: null };
  await sweepUntil(async () => (await db().trainingAttempt.count({ where })) === 0, minutes);
  every.expectNothingLeft();
}

describe('a worker host', () => {
  it('that is down until the deadline', async () => {
    every.host.control({ awayMs: 3_600_000 });
    const run = await start('z-image-turbo');
    await untilEnd(run, 30 * minutes);
    every.host.control({ awayMs: 0 });
    const told = { said: /did not answer GET \/jobs/, advice: adviceByKind.retry };
    await expectEnd(run, 'GPU_UNAVAILABLE', told);
  });

  it.each([
    ['out-of-memory', 'GPU_OUT_OF_MEMORY', /^OOM: /],
    ['broken-file', 'RESULT_BROKEN', /main: /],
    ['missing-file', 'RESULT_BROKEN', /main: not in the store/],
    ['stuck', 'GPU_LOST', /no progress for \d+ s/],
    ['interrupted', 'GPU_INTERRUPTED', /^PREEMPTED: /],
    ['withdrawn', 'GPU_INTERRUPTED', /the provider cancelled the job/],
  ] as const)('whose job is %s: %s', async (fate, reason, said) => {
    every.host.next.fate.push(fate, fate, fate);
    const run = await start('z-image-turbo');
    await untilEnd(run, fate === 'stuck' ? 2 * minutes : 2_000);
    await expectEnd(run, reason, { said });
  });
});

describe('an endpoint of RunPod Serverless', () => {
  it('that never has a worker', async () => {
    every.serverless.settings.maxWorkers = 0;
    const run = await start('flux');
    await untilEnd(run, 2 * minutes);
    await expectEnd(run, 'GPU_UNAVAILABLE', { said: /stayed in the provider’s queue/ });
  });

  it('without money, until the deadline', async () => {
    const run = await start('flux');
    every.serverless.troubles.push(
      ...Array.from({ length: 100 }, () => ({ on: /run/, answer: { status: 402 } })),
    );
    await untilEnd(run, 30 * minutes);
    every.serverless.troubles.length = 0;
    await expectEnd(run, 'GPU_UNAVAILABLE', { said: /402/, advice: adviceByKind.config });
  });

  it('whose handler fails, three times', async () => {
    every.serverless.next.fate.push('raises', 'raises', 'raises');
    const run = await start('flux');
    await untilEnd(run, 5_000);
    await expectEnd(run, 'INTERNAL', { said: /RuntimeError.*boom/ });
    expect((await attemptOf(run.loraModelId)).number).toBe(3);
  });

  it('whose worker says nothing', async () => {
    every.serverless.next.fate.push('hangs');
    const run = await start('flux');
    await untilEnd(run, 5 * minutes);
    await expectEnd(run, 'GPU_LOST', { said: /no progress for \d+ s/ });
  });
});

describe('a function at Modal', () => {
  it('that never gets a container', async () => {
    every.modal.behaviour.isFull = true;
    const run = await start('one-2.1');
    await untilEnd(run, 2 * minutes);
    await expectEnd(run, 'GPU_UNAVAILABLE', { said: /stayed in the provider’s queue/ });
  });

  it('that fails, three times', async () => {
    every.behaviour.containers = 'break';
    const run = await start('one-2.1');
    await untilEnd(run, 5_000);
    await expectEnd(run, 'INTERNAL', { said: /Remote error: .*boom/ });
    expect((await attemptOf(run.loraModelId)).number).toBe(3);
  });

  it('whose worker says nothing', async () => {
    every.behaviour.containers = 'say nothing';
    const run = await start('one-2.1');
    await untilEnd(run, 2 * minutes);
    await expectEnd(run, 'GPU_UNAVAILABLE', { said: /stayed in the provider’s queue/ });
  });

  it('whose worker says that it has stored what it has not', async () => {
    every.behaviour.containers = 'lie';
    const run = await start('one-2.1');
    await untilEnd(run, 2_000);
    await expectEnd(run, 'RESULT_BROKEN', { said: /main: not in the store/ });
  });

  it('whose token is revoked, until the deadline', async () => {
    const run = await start('one-2.1');
    const { secret } = every.modal.token;
    every.modal.token.secret = 'another';
    await untilEnd(run, 30 * minutes);
    every.modal.token.secret = secret;
    const told = { said: /does not accept MODAL_TOKEN_ID/, advice: adviceByKind.config };
    await expectEnd(run, 'GPU_UNAVAILABLE', told);
  });
});
