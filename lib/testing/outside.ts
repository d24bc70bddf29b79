import { afterAll, beforeAll, beforeEach } from 'vitest';
import { db } from '../db.ts';
import { type ScriptedGpu, startScriptedGpu } from './scripted-gpu.ts';
import type { ShakyStore } from './shaky-store.ts';
import { startStore, type TestStore } from './start-store.ts';

export interface Outside {
  readonly gpu: ScriptedGpu;
  readonly store: ShakyStore;
  /** All is well again: the host has forgotten everything, and we its troubles. */
  reset(): Promise<void>;
}

/**
 * The outside world of a test file: an empty store and a GPU host, each of which does as it is told,
 * started before its tests, reset before each of them and ended afterwards.
 */
export function withOutside(): Outside {
  let gpu: ScriptedGpu | undefined;
  let store: TestStore | undefined;
  beforeAll(async () => {
    gpu = await startScriptedGpu();
    store = await startStore();
  });
  const reset = async () => {
    gpu?.reset();
    store?.door.reset();
    await db().gpuProvider.deleteMany();
  };
  beforeEach(reset);
  afterAll(async () => {
    await gpu?.close();
    await store?.stop();
  });
  return {
    reset,
    get gpu() {
      return there(gpu);
    },
    get store() {
      return there(store).door;
    },
  };
}

function there<T>(part: T | undefined): T {
  if (!part) throw new Error('The outside world is there only while a test runs.');
  return part;
}
