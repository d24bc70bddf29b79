import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { auditLedger } from '../credits/audit-ledger.ts';
import { db } from '../db.ts';
import { env } from '../env.ts';
import { store } from '../storage/store.ts';
import { type AiToolkitStandIn, startAiToolkitStandIn } from '../testing/ai-toolkit-stand-in.ts';
import { changeSettings } from '../testing/change-settings.ts';
import { startStore, type TestStore } from '../testing/start-store.ts';
import { attemptOf, later, makeStage, trainingOf } from '../testing/training-stage.ts';
import { sweepAttempts } from './sweep-attempts.ts';

// Many looks, and many requests each: on a busy machine they take their time.
vi.setConfig({ testTimeout: 90_000 });

let toolkit: AiToolkitStandIn;
let objects: TestStore;
beforeAll(async () => {
  toolkit = await startAiToolkitStandIn('toolkit');
  changeSettings({
    GPU_PROVIDER: 'ai-toolkit',
    AI_TOOLKIT_URL: toolkit.url,
    AI_TOOLKIT_AUTH: 'toolkit',
    AI_TOOLKIT_MICRO_USD_PER_SECOND: '1000000',
    GPU_USD_A_DAY: '0',
    FLUX_LICENSE_REFERENCE: 'for tests',
  });
  objects = await startStore();
  expect(env().GPU_PROVIDER).toBe('ai-toolkit');
});
afterAll(async () => {
  await toolkit.close();
  await objects.stop();
});

let seconds = 0;
beforeEach(() => {
  seconds = 0;
});

/** Looks again and again, 25 s later each time, until `isOver` says so. */
async function sweepUntil(isOver: () => Promise<boolean>): Promise<void> {
  await expect
    .poll(
      async () => {
        seconds += 25;
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

it.each([
  ['flux', 7, 32_000, ['main']],
  ['one-2.2', 7, 32_000, ['high_noise', 'low_noise']],
] as const)(
  'a training of %s on AI Toolkit ends with its files in our store and nothing left there',
  async (baseModel, images, expectedCredits, roles) => {
    const stage = await makeStage({ withObjects: true, images });
    const { loraModelId } = await stage.start({ baseModel, expectedCredits });
    await sweepUntil(ended(loraModelId));
    const training = await trainingOf(loraModelId);
    expect(training).toMatchObject({
      status: 'ready',
      externalProvider: 'ai-toolkit',
      step: training.trainingSteps,
    });
    expect(training.gpuCostMicroUsd).toBeGreaterThan(0n);
    const files = await db().loraFile.findMany({
      where: { loraModelId },
      orderBy: { role: 'asc' },
    });
    expect(files.map(({ role }) => role)).toEqual(roles);
    for (const { key, bytes } of files) {
      expect((await store().head(key))?.bytes).toBe(Number(bytes));
    }
    await sweepUntil(released(loraModelId));
    expect(toolkit.remains((await attemptOf(loraModelId)).jobName)).toBe(false);
    expect(await auditLedger()).toEqual([]);
  },
);

it('a picture that is not the promised one ends the training at once, and says so', async () => {
  const stage = await makeStage({ withObjects: true });
  const { loraModelId } = await stage.start();
  const { imageManifest } = await trainingOf(loraModelId);
  const [first] = imageManifest as { key: string }[];
  await store().write(first?.key ?? '', Buffer.from('another picture'), 'image/webp');
  await sweepUntil(ended(loraModelId));
  expect(await trainingOf(loraModelId)).toMatchObject({
    status: 'failed',
    failureReason: 'IMAGES_UNREADABLE',
  });
  expect(await stage.balance()).toMatchObject({ availableCredits: 100_000, reservedCredits: 0 });
  await sweepUntil(released(loraModelId));
  expect(toolkit.remains((await attemptOf(loraModelId)).jobName)).toBe(false);
});

it('a cancelled training stops there, and the credits come back', async () => {
  const stage = await makeStage({ withObjects: true });
  const { loraModelId } = await stage.start();
  const { jobName } = await attemptOf(loraModelId);
  toolkit.strike(jobName, { kind: 'hang' });
  await sweepUntil(async () => (await trainingOf(loraModelId)).step > 0);
  await db().loraModel.update({
    where: { id: loraModelId },
    data: { cancelRequestedAt: later(seconds) },
  });
  await sweepUntil(released(loraModelId));
  expect((await trainingOf(loraModelId)).status).toBe('cancelled');
  expect(toolkit.remains(jobName)).toBe(false);
  expect(await stage.balance()).toMatchObject({ availableCredits: 100_000, reservedCredits: 0 });
});

it('stays at the server it was started at, when the setting names another in between', async () => {
  const stage = await makeStage({ withObjects: true });
  const { loraModelId } = await stage.start();
  const address = env().AI_TOOLKIT_URL;
  Object.assign(env(), { AI_TOOLKIT_URL: 'http://127.0.0.1:1' });
  try {
    await sweepUntil(released(loraModelId));
  } finally {
    Object.assign(env(), { AI_TOOLKIT_URL: address });
  }
  expect((await trainingOf(loraModelId)).status).toBe('ready');
  expect((await attemptOf(loraModelId)).endpoint).toBe(address);
});

it('a base model with a route of its own goes there, and nothing else does', async () => {
  Object.assign(env(), { GPU_ROUTES: ['one-2.1=runpod'] });
  try {
    const routed = await makeStage();
    const usual = await makeStage();
    const wan = await routed.start({ baseModel: 'one-2.1', expectedCredits: 32_000 });
    const zImage = await usual.start();
    expect(await attemptOf(wan.loraModelId)).toMatchObject({ provider: 'runpod', endpoint: null });
    expect((await trainingOf(wan.loraModelId)).externalProvider).toBe('runpod');
    expect((await attemptOf(zImage.loraModelId)).provider).toBe('ai-toolkit');
  } finally {
    Object.assign(env(), { GPU_ROUTES: [] });
  }
});
