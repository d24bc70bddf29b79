import { afterAll, beforeAll, beforeEach } from 'vitest';
import { type ScriptedGpu, startScriptedGpu } from './scripted-gpu.ts';
import { startStore, type TestStore } from './start-store.ts';

/**
 * The outside world of a test file: an empty store and a GPU host that does as it is told, started
 * before its tests, ended after them; the host forgets everything between two tests.
 */
export function withOutside(): { readonly gpu: ScriptedGpu } {
  let gpu: ScriptedGpu | undefined;
  let store: TestStore | undefined;
  beforeAll(async () => {
    gpu = await startScriptedGpu();
    store = await startStore();
  });
  beforeEach(() => gpu?.reset());
  afterAll(async () => {
    await gpu?.close();
    await store?.stop();
  });
  return {
    get gpu() {
      if (!gpu) throw new Error('The GPU host is there only while a test runs.');
      return gpu;
    },
  };
}
