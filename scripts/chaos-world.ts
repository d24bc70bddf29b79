import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FaultGpuOptions, GpuControl, GpuTruth } from '../lib/testing/fault-gpu.ts';
import type { FaultStoreOptions, StoreControl } from '../lib/testing/fault-store.ts';
import { nodePart, openLog, type Part } from './part.ts';
import { freePorts } from './ports.ts';
import { ROOT } from './root.ts';
import type { PartName } from './stack.ts';
import { webPorts } from './stack-settings.ts';
import { startTestStack, type TestStack } from './test-stack.ts';

/** Seconds; short, so that a frozen worker is overtaken soon. */
export const leaseSeconds = 3;

/** The whole application on several processes, with an outside world that can be told to fail. */
export interface ChaosWorld {
  stack: TestStack;
  webUrls: string[];
  gpu: { control(change: GpuControl): Promise<void>; truth(): Promise<GpuTruth> };
  store: { control(change: StoreControl): Promise<void> };
  stop(): Promise<void>;
}

/**
 * Starts two web servers and three workers (unless told otherwise) on one PostgreSQL, one
 * fault-injecting store and one fault-injecting GPU host, each a process of its own; nothing fails
 * yet. This process gets their settings, so that it can use the same database and store.
 */
export async function startChaosWorld(options: {
  seed: number;
  webServers?: number;
  workers?: number;
  onPartEnded(name: PartName, report: string): void;
}): Promise<ChaosWorld> {
  const { seed, webServers = 2, workers = 3, onPartEnded } = options;
  const directory = await mkdtemp(join(tmpdir(), 'likeness-outside-'));
  const [gpuPort = 0, storePort = 0] = await freePorts(2);
  const gpuUrl = `http://127.0.0.1:${gpuPort}`;
  const storeUrl = `http://127.0.0.1:${storePort}`;
  const secret = 'chaos-secret';

  const outside = (name: 'gpu' | 'store', given: FaultGpuOptions | FaultStoreOptions): Part =>
    nodePart({
      name: `${name} outside`,
      args: [join(ROOT, 'lib/testing/outside-main.ts'), name, JSON.stringify(given)],
      log: openLog(join(directory, 'logs'), name, () => {}),
      ready: { line: `listening on ${name === 'gpu' ? gpuUrl : storeUrl}` },
      readyLimitMs: 60_000,
      onCrash: (report) => {
        throw new Error(report);
      },
    });
  const gpu = outside('gpu', { port: gpuPort, token: secret, seed });
  const store = outside('store', {
    port: storePort,
    directory: join(directory, 's3'),
    accessKeyId: 'chaos',
    secretAccessKey: secret,
    seed,
  });
  const stopOutside = async (): Promise<void> => {
    await Promise.all([gpu.stop(1_000), store.stop(1_000)]);
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await Promise.all([gpu.start(), store.start()]);
    const stack = await startTestStack({
      sampleData: false,
      // Patience follows from it: long enough for a machine that has other things to do.
      trainingSeconds: 6,
      webServers,
      workers,
      onPartEnded,
      settings: {
        LOG_LEVEL: 'error',
        ATTEMPT_LEASE_SECONDS: String(leaseSeconds),
        GPU_PAUSE_SECONDS: '1',
        TRAININGS_AT_ONCE: '0',
        TRAININGS_A_DAY: '0',
        GPU_USD_A_DAY: '0',
        SANDBOX_GPU_URL: gpuUrl,
        SANDBOX_GPU_TOKEN: secret,
        S3_ENDPOINT: storeUrl,
        S3_ACCESS_KEY_ID: 'chaos',
        S3_SECRET_ACCESS_KEY: secret,
      },
    });
    for (const [name, value] of Object.entries(stack.env)) process.env[name] = String(value);
    const webUrls = webPorts(stack.env).map((port) => `http://127.0.0.1:${port}`);
    await control(gpuUrl, { webServers: webUrls });
    return {
      stack,
      webUrls,
      gpu: {
        control: (change) => control(gpuUrl, change),
        truth: async () => (await fetch(`${gpuUrl}/control`)).json() as Promise<GpuTruth>,
      },
      store: { control: (change) => control(storeUrl, change) },
      stop: async () => {
        await stack.stop();
        await stopOutside();
      },
    };
  } catch (error) {
    await stopOutside();
    throw error;
  }
}

async function control(url: string, change: GpuControl | StoreControl): Promise<void> {
  const response = await fetch(`${url}/control`, { method: 'POST', body: JSON.stringify(change) });
  await response.arrayBuffer();
}
