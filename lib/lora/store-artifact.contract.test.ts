import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ArtifactSource } from '../gpu/provider.ts';
import { hashOf, type SandboxAdapterFile, sandboxAdapterFile } from '../sandbox/adapter-file.ts';
import { loraFileKey } from '../storage/keys.ts';
import { store } from '../storage/store.ts';
import { startStore, type TestStore } from '../testing/start-store.ts';
import { ArtifactError, storeArtifacts } from './store-artifact.ts';

let objects: TestStore;
beforeAll(async () => {
  objects = await startStore();
});
afterAll(() => objects.stop());

const order = {
  baseModel: 'z-image-turbo',
  role: 'main',
  triggerWord: 'ohwx_mara',
  rank: 16,
  alpha: 16,
  seed: 7,
  layers: 1,
  megabytes: null,
} as const;

/** The file as a worker leaves it in the store. */
async function pushed(
  attemptId: string,
  file: SandboxAdapterFile,
  role: 'main' | 'high_noise' | 'low_noise' = 'main',
): Promise<ArtifactSource> {
  const sha256 = await hashOf(file);
  const key = loraFileKey(attemptId, role, sha256);
  await store().write(key, Readable.from(file.chunks()), 'application/octet-stream');
  return { role, kind: 'stored', key, bytes: file.bytes, sha256 };
}

describe('storeArtifacts', () => {
  it('keeps a sound file and says what it is', async () => {
    const attemptId = randomUUID();
    const source = await pushed(attemptId, sandboxAdapterFile(order));
    const kept = await storeArtifacts(attemptId, 'z-image-turbo', [source]);
    expect(kept).toMatchObject([{ role: 'main', rank: 16, tensorCount: 14 }]);
  });

  it('brings in what lies at the provider, once', async () => {
    const attemptId = randomUUID();
    const file = sandboxAdapterFile(order);
    let opened = 0;
    const remote: ArtifactSource = {
      role: 'main',
      kind: 'remote',
      open: async () => {
        opened += 1;
        return Readable.from(file.chunks());
      },
    };
    const [kept] = await storeArtifacts(attemptId, 'z-image-turbo', [remote]);
    expect(kept?.sha256).toBe(await hashOf(file));
    expect(await storeArtifacts(attemptId, 'z-image-turbo', [remote])).toEqual([kept]);
    expect(opened).toBe(2);
  });

  it('wants both files of Wan 2.2', async () => {
    const attemptId = randomUUID();
    const expert = (role: 'high_noise' | 'low_noise') =>
      pushed(
        attemptId,
        sandboxAdapterFile({ ...order, baseModel: 'one-2.2', rank: 32, alpha: 32, role }),
        role,
      );
    const high = await expert('high_noise');
    await expect(storeArtifacts(attemptId, 'one-2.2', [high])).rejects.toThrow(ArtifactError);
    const both = await storeArtifacts(attemptId, 'one-2.2', [high, await expert('low_noise')]);
    expect(both.map(({ role }) => role)).toEqual(['high_noise', 'low_noise']);
  });

  it.each([
    ['another base model’s keys', { ...order, baseModel: 'flux' as const }],
    ['another rank', { ...order, rank: 8, alpha: 8 }],
  ])('refuses %s', async (_what, wrong) => {
    const attemptId = randomUUID();
    const source = await pushed(attemptId, sandboxAdapterFile(wrong));
    await expect(storeArtifacts(attemptId, 'z-image-turbo', [source])).rejects.toThrow(
      ArtifactError,
    );
  });

  it('refuses bytes that are not those that were told', async () => {
    const attemptId = randomUUID();
    const file = sandboxAdapterFile(order);
    const told = createHash('sha256').update('something else').digest('hex');
    const key = loraFileKey(attemptId, 'main', told);
    await store().write(key, Readable.from(file.chunks()), 'application/octet-stream');
    await expect(
      storeArtifacts(attemptId, 'z-image-turbo', [
        { role: 'main', kind: 'stored', key, bytes: file.bytes, sha256: told },
      ]),
    ).rejects.toThrow(/another SHA-256/);
  });

  it('takes no file from another attempt’s place in the store', async () => {
    const source = await pushed(randomUUID(), sandboxAdapterFile(order));
    await expect(storeArtifacts(randomUUID(), 'z-image-turbo', [source])).rejects.toThrow(
      /place in the store/,
    );
  });

  it('takes 300 MB through with flat memory', async () => {
    const attemptId = randomUUID();
    const file = sandboxAdapterFile({ ...order, megabytes: 300 });
    expect(file.bytes).toBeGreaterThan(300_000_000);
    globalThis.gc?.();
    const before = process.memoryUsage().rss;
    let peak = before;
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss);
    }, 20);
    const source = await pushed(attemptId, file);
    await storeArtifacts(attemptId, 'z-image-turbo', [source]);
    clearInterval(watch);
    // The store runs in this process as well.
    expect((peak - before) / 1_000_000).toBeLessThan(200);
  }, 60_000);
});
