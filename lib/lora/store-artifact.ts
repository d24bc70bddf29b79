import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { ArtifactSource, LoraFileRole } from '../gpu/provider.ts';
import { loraFileKey } from '../storage/keys.ts';
import { store } from '../storage/store.ts';
import type { KeptFile } from './apply-observation.ts';
import { type BaseModelId, baseModelIds, baseModels } from './rules/base-models.ts';
import { describeAdapter, headerBytesNeeded, readSafetensorsHeader } from './rules/safetensors.ts';

/** The provider's result is not what it should be. The message is for the log. */
export class ArtifactError extends Error {
  override readonly name = 'ArtifactError';
}

/**
 * Brings every file of a result into our store and checks it there: size, SHA-256 of what is
 * really stored, safetensors header, key names and rank of the base model. Flat memory at any
 * size. A second call finds what the first has stored.
 *
 * Throws ArtifactError when the result is no good, STORAGE_UNAVAILABLE when the store is away.
 */
export async function storeArtifacts(
  attemptId: string,
  baseModel: string,
  artifacts: ArtifactSource[],
): Promise<KeptFile[]> {
  const id = baseModelIds.find((known) => known === baseModel);
  if (!id) throw new ArtifactError(`unknown base model ${baseModel}`);
  const expected = baseModels[id].files;
  const files: KeptFile[] = [];
  for (const role of expected) {
    const artifact = artifacts.find((candidate) => candidate.role === role);
    if (!artifact) throw new ArtifactError(`the result has no ${role} file`);
    const stored =
      artifact.kind === 'stored' ? artifact : await bringIn(attemptId, role, await artifact.open());
    files.push(await check(attemptId, id, role, stored));
  }
  return files;
}

/** Fetches a file from the provider to a scratch file, to know its hash before it gets its key. */
async function bringIn(attemptId: string, role: LoraFileRole, body: Readable) {
  const folder = await mkdtemp(join(tmpdir(), 'likeness-artifact-'));
  try {
    const path = join(folder, 'file');
    const hash = createHash('sha256');
    let bytes = 0;
    body.on('data', (chunk: Buffer) => {
      hash.update(chunk);
      bytes += chunk.length;
    });
    await pipeline(body, createWriteStream(path));
    const sha256 = hash.digest('hex');
    const key = loraFileKey(attemptId, role, sha256);
    if ((await store().head(key))?.bytes !== bytes) {
      await store().write(key, createReadStream(path), 'application/octet-stream');
    }
    return { key, bytes, sha256 };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function check(
  attemptId: string,
  baseModel: BaseModelId,
  role: LoraFileRole,
  told: { key: string; bytes: number; sha256: string },
): Promise<KeptFile> {
  // The key comes from outside: it must be the one place this attempt may write this file to.
  if (told.key !== loraFileKey(attemptId, role, told.sha256)) {
    throw new ArtifactError(`${role}: not this attempt’s place in the store`);
  }
  const object = await store().head(told.key);
  if (!object) throw new ArtifactError(`${role}: not in the store`);
  if (object.bytes !== told.bytes) {
    throw new ArtifactError(`${role}: ${object.bytes} bytes stored, ${told.bytes} reported`);
  }
  const header = await readHeader(told.key, object.bytes, role);
  const { keyPrefix, rank } = baseModels[baseModel];
  const described = describeAdapter(header, { keyPrefix, rank });
  if (!described.ok) throw new ArtifactError(`${role}: ${described.reason}`);

  const hash = createHash('sha256');
  await pipeline(await store().read(told.key), hash);
  if (hash.digest('hex') !== told.sha256) throw new ArtifactError(`${role}: another SHA-256`);
  return {
    role,
    key: told.key,
    bytes: object.bytes,
    sha256: told.sha256,
    rank: described.adapter.rank,
    tensorCount: described.adapter.tensorCount,
  };
}

async function readHeader(key: string, fileBytes: number, role: LoraFileRole) {
  if (fileBytes < 8) throw new ArtifactError(`${role}: too small`);
  const first = await buffer(await store().read(key, { start: 0, end: 7 }));
  const needed = headerBytesNeeded(first);
  if (needed === null || needed > fileBytes)
    throw new ArtifactError(`${role}: no safetensors file`);
  const bytes = await buffer(await store().read(key, { start: 0, end: needed - 1 }));
  const verdict = readSafetensorsHeader(bytes, fileBytes);
  if (!verdict.ok) throw new ArtifactError(`${role}: ${verdict.reason}`);
  return verdict.header;
}
