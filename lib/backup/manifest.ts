import { createHash, createHmac } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';

const fact = z.object({ bytes: z.int().min(0), sha256: z.string() });

/** What lies in a backup's folder. Written last: a folder without it is no backup. */
const manifestSchema = z.object({
  format: z.literal(1),
  madeAt: z.iso.datetime(),
  /** Tells whether a restored installation has the same AUTH_SECRET, and nothing else of it. */
  authSecretMark: z.string(),
  database: z.object({
    serverVersion: z.string(),
    migrations: z.array(z.string()),
    rows: z.record(z.string(), z.int()),
    sequences: z.record(z.string(), z.string()),
    bells: z.array(z.object({ name: z.string(), data: z.record(z.string(), z.string()) })),
  }),
  /** Files of the dump, by name below `database/`. */
  tables: z.record(z.string(), fact),
  /** Objects, by key; they lie below `objects/`. */
  objects: z.record(z.string(), fact.extend({ contentType: z.string() })),
  /** What had been deleted by then, for an older backup that is restored. */
  deletions: z.array(
    z.object({
      subject: z.enum(['influencer', 'account']),
      subjectId: z.uuid(),
      ownerId: z.uuid(),
    }),
  ),
});
export type Manifest = z.infer<typeof manifestSchema>;

export async function readManifest(folder: string): Promise<Manifest> {
  return parseManifest(await readFile(join(folder, 'manifest.json'), 'utf8'));
}

export function parseManifest(text: string): Manifest {
  return manifestSchema.parse(JSON.parse(text));
}

export function markOf(authSecret: string): string {
  return createHmac('sha256', authSecret).update('likeness:backup').digest('hex').slice(0, 16);
}

/** Size and SHA-256 of a file. */
export async function factsOf(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  await pipeline(createReadStream(path), async (chunks) => {
    for await (const chunk of chunks) {
      hash.update(chunk);
      bytes += (chunk as Buffer).length;
    }
  });
  return { bytes, sha256: hash.digest('hex') };
}
