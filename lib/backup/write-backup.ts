import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Context } from '../context.ts';
import { db } from '../db.ts';
import { env } from '../env.ts';
import { DomainError } from '../errors.ts';
import { store } from '../storage/store.ts';
import { dumpDatabase } from './dump-database.ts';
import { factsOf, type Manifest, markOf } from './manifest.ts';

export interface WrittenBackup {
  rows: number;
  objects: number;
  bytes: number;
}

/**
 * Writes database and bucket into `folder`, which must be new or empty and is readable by its owner
 * alone. The database first: whatever a row of it names lay in the store before, and is missing from
 * the copy only if it was deleted meanwhile. The manifest comes last; without it it is no backup.
 */
export async function writeBackup(
  ctx: Context,
  ownerUrl: string,
  folder: string,
): Promise<WrittenBackup> {
  await mkdir(join(folder, 'database'), { recursive: true, mode: 0o700 });
  const present = await readdir(folder);
  if (present.some((name) => name !== 'database')) throw new Error(`${folder} is not empty.`);

  const database = await dumpDatabase(ownerUrl, join(folder, 'database'));
  const tables: Manifest['tables'] = {};
  for (const name of Object.keys(database.rows)) {
    tables[`${name}.jsonl`] = await factsOf(join(folder, 'database', `${name}.jsonl`));
  }
  const objects: Manifest['objects'] = {};
  for await (const { key } of store().list('')) {
    const copied = await copyObject(key, join(folder, 'objects', key));
    if (copied) objects[key] = copied;
  }
  const deletions = await db().deletion.findMany({
    select: { subject: true, subjectId: true, ownerId: true },
  });
  const manifest = {
    format: 1,
    madeAt: ctx.now.toISOString(),
    authSecretMark: markOf(env().AUTH_SECRET),
    database,
    tables,
    objects,
    deletions,
  };
  const path = join(folder, 'manifest.json');
  await writeFile(`${path}.part`, JSON.stringify(manifest, null, 1), { mode: 0o600 });
  await rename(`${path}.part`, path);
  const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
  return {
    rows: sum(Object.values(database.rows)),
    objects: Object.keys(objects).length,
    bytes: sum([...Object.values(tables), ...Object.values(objects)].map(({ bytes }) => bytes)),
  };
}

/** Null when it was deleted since it was listed. */
async function copyObject(key: string, path: string) {
  const head = await store().head(key);
  if (!head) return null;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  try {
    await pipeline(await store().read(key), createWriteStream(path, { mode: 0o600 }));
  } catch (error) {
    if (error instanceof DomainError && error.code === 'NOT_FOUND') return null;
    throw error;
  }
  const contentType = head.contentType ?? 'application/octet-stream';
  return { ...(await factsOf(path)), contentType };
}
