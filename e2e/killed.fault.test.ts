import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { db } from '../lib/db.ts';
import { findings } from '../lib/testing/training-stage.ts';
import { startByTheClock } from '../scripts/chaos-steps.ts';
import { startTestStack, type TestStack } from '../scripts/test-stack.ts';

// Real processes, real `kill -9`: the application as `npm start` runs it, with its own store and sandbox
// GPU. Several web servers and workers: chaos.fault.test.ts.

let running: TestStack;

beforeAll(async () => {
  running = await startTestStack({ sampleData: false, settings: { LOG_LEVEL: 'error' } });
  // This process is the creator: it uses the same database and store.
  for (const [name, value] of Object.entries(running.env)) process.env[name] = String(value);
}, 240_000);

afterAll(async () => {
  await db().$disconnect();
  await running?.stop();
}, 30_000);

const patiently = { timeout: 90_000, interval: 200 };

async function status(loraModelId: string): Promise<string> {
  return (await db().loraModel.findUniqueOrThrow({ where: { id: loraModelId } })).status;
}

async function untilTraining(loraModelId: string): Promise<void> {
  await vi.waitFor(async () => expect(await status(loraModelId)).toBe('training'), patiently);
}

async function expectOneReadyLora(loraModelId: string): Promise<void> {
  await vi.waitFor(async () => expect(await status(loraModelId)).toBe('ready'), patiently);
  expect(await db().creditLine.count({ where: { loraModelId, kind: 'capture' } })).toBe(1);
  expect(await db().creditLine.count({ where: { loraModelId, kind: 'release' } })).toBe(0);
  expect(await db().loraFile.count({ where: { loraModelId } })).toBe(1);
  expect(await db().trainingAttempt.count({ where: { loraModelId } })).toBe(1);
  expect(
    await db().notification.count({
      where: { subjectId: loraModelId, type: 'lora.training.completed' },
    }),
  ).toBe(1);
  expect(await findings()).toEqual([]);
}

describe('kill -9 in mid-training', () => {
  it('of the GPU host: the training still ends ready, with one capture and one LoRA', async () => {
    const loraModelId = await startByTheClock();
    await untilTraining(loraModelId);
    await running.kill('gpu', 'SIGKILL');
    expect(await status(loraModelId)).toBe('training');
    await running.restart('gpu');
    await expectOneReadyLora(loraModelId);
  }, 180_000);

  it('of the worker until long after the GPU is done: the result is found and kept', async () => {
    const loraModelId = await startByTheClock();
    await untilTraining(loraModelId);
    await running.kill('worker', 'SIGKILL');
    await vi.waitFor(async () => {
      const reported = await db().webhookDelivery.count({
        where: { type: 'succeeded', body: { path: ['trainingId'], equals: loraModelId } },
      });
      expect(reported).toBeGreaterThan(0);
    }, patiently);
    expect(await status(loraModelId)).toBe('training');
    await running.restart('worker');
    await expectOneReadyLora(loraModelId);
  }, 180_000);
});

it('survives a restart of everything at once', async () => {
  const loraModelId = await startByTheClock();
  await untilTraining(loraModelId);
  for (const part of ['worker', 'web', 'gpu', 's3'] as const) await running.kill(part, 'SIGKILL');
  for (const part of ['s3', 'gpu', 'web', 'worker'] as const) await running.restart(part);
  await expectOneReadyLora(loraModelId);
}, 180_000);
