import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startSandboxGpuServer } from '../sandbox/gpu/server.ts';
import { changeSettings } from '../testing/change-settings.ts';
import { startStore } from '../testing/start-store.ts';
import { makeStage, trainingOf } from '../testing/training-stage.ts';
import { startWorkerDoors } from '../testing/worker-doors.ts';
import { getTrainingRecord } from './get-training-record.ts';
import { linkSample } from './link-sample.ts';
import { sweepAttempts } from './sweep-attempts.ts';

/** Undoes what `beforeAll` started, newest first. */
const started: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  const doors = await startWorkerDoors();
  started.unshift(doors.close);
  const directory = await mkdtemp(join(tmpdir(), 'sandbox-gpu-'));
  const gpu = await startSandboxGpuServer({
    port: 0,
    token: 'sandbox',
    directory,
    slots: 2,
    trainingSeconds: 3,
    adapterLayers: 1,
    adapterMegabytes: null,
  });
  started.unshift(gpu.close, () => rm(directory, { recursive: true, force: true }));
  changeSettings({
    SANDBOX_GPU_URL: gpu.url,
    SANDBOX_GPU_TOKEN: 'sandbox',
    CALLBACK_URL: doors.url,
  });
  const store = await startStore();
  started.unshift(store.stop);
});
afterAll(async () => {
  for (const stop of started) await stop();
});

it('a training on the sandbox GPU leaves its curve and a marked sample of each checkpoint', async () => {
  const stage = await makeStage({ withObjects: true });
  const at = new Date();
  const { loraModelId } = await stage.start({}, (at.getTime() - stage.ctx().now.getTime()) / 1_000);
  await vi.waitFor(
    async () => {
      await sweepAttempts();
      expect((await trainingOf(loraModelId)).status).toBe('ready');
    },
    { timeout: 40_000, interval: 300 },
  );

  const characterId = stage.character.id;
  const record = await getTrainingRecord(stage.user.id, { characterId, loraModelId });
  expect(record.samples.map(({ step }) => step)).toEqual([1500, 1200, 900, 600, 300]);
  const { triggerWord } = await trainingOf(loraModelId);
  expect(record.samples[0]?.prompt).toBe(`${triggerWord}, portrait in soft daylight`);
  for (const { id: sampleId } of record.samples) {
    const link = await linkSample(stage.user.id, { characterId, loraModelId, sampleId }, 'full');
    const picture = await sharp(await (await fetch(link)).arrayBuffer()).metadata();
    expect(picture).toMatchObject({ format: 'webp', width: 512, height: 640 });
  }
  const points = record.attempts[0]?.points ?? [];
  expect(points.length).toBeGreaterThan(1);
  expect(points.at(-1)?.step).toBe(1_500);
  expect(record.times.training).toBeGreaterThan(0);
}, 60_000);
