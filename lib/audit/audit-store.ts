import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { db } from '../db.ts';
import { DomainError } from '../errors.ts';
import { store } from '../storage/store.ts';
import type { Finding, PartReport } from './finding.ts';

/** Unless every file is asked for. */
const sampled = 25;
const keysAtOnce = 1_000;
/** What is younger may belong to work that is not written down yet. */
const settledMs = 24 * 3_600_000;

/**
 * Reads LoRA files back and compares size and SHA-256 with what was checked when they came (I5), 25
 * by chance or `all` of them; and looks for objects that no row names. Reads only.
 */
export async function auditStore(now: Date, { all }: { all: boolean }): Promise<PartReport> {
  try {
    const files = await auditFiles(all);
    const objects = await auditObjects(now);
    return {
      findings: [...files.findings, ...objects.findings],
      counts: { ...files.counts, ...objects.counts },
    };
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'STORAGE_UNAVAILABLE') throw error;
    const finding = { problem: 'store could not be asked', id: 'store', detail: error.code };
    return { findings: [finding], counts: {} };
  }
}

interface FileRow {
  id: string;
  key: string;
  bytes: bigint;
  sha256: string;
}

async function auditFiles(all: boolean): Promise<PartReport> {
  const findings: Finding[] = [];
  let files = 0;
  // Files of an expired model are on their way out.
  for await (const file of all ? everyFile() : await someFiles()) {
    files += 1;
    const detail = await differenceOf(file);
    if (detail) findings.push({ problem: 'file is not what was checked', id: file.key, detail });
  }
  return { findings, counts: { files } };
}

function someFiles(): Promise<FileRow[]> {
  return db().$queryRaw<FileRow[]>`
    SELECT file.id, file.key, file.bytes, file.sha256
    FROM lora_files file JOIN lora_models model ON model.id = file.lora_model_id
    WHERE model.expired_at IS NULL ORDER BY random() LIMIT ${sampled}`;
}

async function* everyFile(): AsyncIterable<FileRow> {
  let after = '';
  for (;;) {
    const page = await db().loraFile.findMany({
      where: { loraModel: { expiredAt: null }, ...(after && { id: { gt: after } }) },
      orderBy: { id: 'asc' },
      take: keysAtOnce,
      select: { id: true, key: true, bytes: true, sha256: true },
    });
    yield* page;
    const last = page.at(-1);
    if (!last) return;
    after = last.id;
  }
}

/** What is wrong with a stored file; null when it is what was checked. */
async function differenceOf(file: FileRow): Promise<string | null> {
  const object = await store().head(file.key);
  if (!object) return 'is not in the store';
  if (object.bytes !== Number(file.bytes)) return `has ${object.bytes} bytes, not ${file.bytes}`;
  const hash = createHash('sha256');
  await pipeline(await store().read(file.key), hash);
  return hash.digest('hex') === file.sha256 ? null : 'has another SHA-256';
}

async function auditObjects(now: Date): Promise<PartReport> {
  const findings: Finding[] = [];
  let objects = 0;
  let keys: string[] = [];
  const compare = async () => {
    for (const key of await unnamedAmong(keys)) {
      findings.push({ problem: 'object that no row names', id: key, detail: '' });
    }
    keys = [];
  };
  for await (const { key, lastModified } of store().list('')) {
    objects += 1;
    if (now.getTime() - lastModified.getTime() < settledMs) continue;
    keys.push(key);
    if (keys.length === keysAtOnce) await compare();
  }
  await compare();
  return { findings, counts: { objects } };
}

/**
 * A LoRA file is named by its key, everything else by the id of its picture or attempt in the key
 * (`lib/storage/keys.ts`).
 */
async function unnamedAmong(keys: string[]): Promise<string[]> {
  const rows = await db().$queryRaw<{ key: string }[]>`
    SELECT object.key FROM (
      SELECT key, substring(key FROM '^attempts/([0-9a-f-]{36})/') AS attempt_id,
             substring(key FROM '^(?:characters/[0-9a-f-]{36}/images|incoming/[0-9a-f-]{36})/([0-9a-f-]{36})')
               AS image_id
      FROM unnest(${keys}::text[]) AS key
    ) object
    WHERE NOT EXISTS (SELECT FROM lora_files file WHERE file.key = object.key)
      AND NOT EXISTS (SELECT FROM character_images image WHERE image.id = object.image_id::uuid)
      AND NOT EXISTS (SELECT FROM training_attempts attempt
                      WHERE attempt.id = object.attempt_id::uuid
                        AND (attempt.released_at IS NULL OR object.key LIKE 'attempts/%/samples/%'))`;
  return rows.map(({ key }) => key);
}
