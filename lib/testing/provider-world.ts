import { expect } from 'vitest';
import { env } from '../env.ts';
import { changeSettings } from './change-settings.ts';
import { startEveryProvider } from './every-provider.ts';
import { startRunPodStandIn } from './runpod-stand-in.ts';
import { startStore } from './start-store.ts';
import { startWorkerDoors } from './worker-doors.ts';

/**
 * A stand-in of every provider, the doors their workers knock at and an empty store, and the settings
 * of this process leading there; `settings` are made from the doors' address. To be called before
 * anything reads a setting. `stop` ends them, the newest first.
 */
export async function startEveryProviderWorld(
  settings: (doorsUrl: string) => Record<string, string>,
) {
  const doors = await startWorkerDoors();
  const every = await startEveryProvider();
  changeSettings({ ...every.settings, ...settings(doors.url) });
  const store = await startStore();
  expect(env().GPU_ROUTES).toHaveLength(3);
  const stop = async () => {
    for (const part of [{ close: store.stop }, every, doors]) await part.close();
  };
  return { every, store, stop };
}

export const runPodKey = 'rpa_for_tests';

/** The same of RunPod's pods and an empty store, with more `settings` where wanted. */
export async function startRunPodWorld(settings: Record<string, string> = {}) {
  const runpod = await startRunPodStandIn(runPodKey);
  changeSettings({
    GPU_PROVIDER: 'runpod',
    RUNPOD_API_KEY: runPodKey,
    RUNPOD_API_URL: runpod.url,
    RUNPOD_PROXY_URL: runpod.proxyUrl,
    AUTH_SECRET: 'a secret of at least thirty-two characters',
    ...settings,
  });
  const store = await startStore();
  expect(env().GPU_PROVIDER).toBe('runpod');
  const stop = async () => {
    await runpod.close();
    await store.stop();
  };
  return { runpod, stop };
}
