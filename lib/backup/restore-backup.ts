import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { deleteAccount } from '../accounts/delete-account.ts';
import { deleteCharacter } from '../characters/delete-character.ts';
import { type Context, creatorContext } from '../context.ts';
import { inTransaction } from '../db.ts';
import { env } from '../env.ts';
import { DomainError } from '../errors.ts';
import { enqueue, type JobName, jobSchemas, openQueue } from '../jobs/queue.ts';
import { store } from '../storage/store.ts';
import { demandFitDatabase, loadDatabase } from './load-database.ts';
import { factsOf, type Manifest, markOf, readManifest } from './manifest.ts';

export interface RestoredBackup {
  rows: number;
  objects: number;
  /** What was deleted after the backup was made and is deleted again. */
  deletedAgain: number;
  /** AUTH_SECRET is another one: callbacks of jobs that still run cannot be verified. */
  otherSecret: boolean;
}

/**
 * Fills an empty installation, migrated as the backup was, from `folder`. Every file is held against
 * the manifest before anything is changed. Objects first, the database last and whole: what was cut
 * short left the database empty and can be done again. Then bells that had not been answered are rung
 * again, and `deletions`, known from elsewhere, are carried out once more: what was deleted stays so.
 */
export async function restoreBackup(
  ctx: Context,
  ownerUrl: string,
  folder: string,
  deletions: Manifest['deletions'] = [],
): Promise<RestoredBackup> {
  const manifest = await readManifest(folder);
  const files = [
    ...Object.entries(manifest.tables).map(([name, fact]) => [`database/${name}`, fact] as const),
    ...Object.entries(manifest.objects).map(([key, fact]) => [`objects/${key}`, fact] as const),
  ];
  for (const [path, { bytes, sha256 }] of files) {
    const found = await factsOf(join(folder, path));
    if (found.bytes !== bytes || found.sha256 !== sha256) throw new Error(`${path} is damaged.`);
  }
  await demandFitDatabase(ownerUrl, manifest.database);
  for (const [key, { contentType }] of Object.entries(manifest.objects)) {
    await store().write(key, createReadStream(join(folder, 'objects', key)), contentType);
  }
  await loadDatabase(ownerUrl, join(folder, 'database'), manifest.database);

  await openQueue();
  await inTransaction(async (tx) => {
    for (const { name, data } of manifest.database.bells) {
      const schema = jobSchemas[name as JobName];
      if (schema) await enqueue(tx, name as JobName, schema.parse(data));
    }
  });
  let deletedAgain = 0;
  for (const { subject, subjectId, ownerId } of deletions) {
    const owner = creatorContext(ownerId, ctx.now);
    const known = manifest.deletions.some((before) => before.subjectId === subjectId);
    if (known) continue;
    const again = () =>
      subject === 'account'
        ? deleteAccount(owner)
        : deleteCharacter(owner, { characterId: subjectId });
    await again().then(
      () => {
        deletedAgain += 1;
      },
      (error: unknown) => {
        // Made and deleted after the backup.
        if (!(error instanceof DomainError && error.code === 'NOT_FOUND')) throw error;
      },
    );
  }
  return {
    rows: Object.values(manifest.database.rows).reduce((total, count) => total + count, 0),
    objects: Object.keys(manifest.objects).length,
    deletedAgain,
    otherSecret: manifest.authSecretMark !== markOf(env().AUTH_SECRET),
  };
}
