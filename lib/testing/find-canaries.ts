import { Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { db } from '../db.ts';
import { makeLog } from '../log.ts';
import { store } from '../storage/store.ts';

/**
 * Where one of `words`, which stand nowhere by chance, is still to be found: in any column of any table, in any object of the store or its
 * name, in what a provider keeps, in what was logged. One line a place; empty when it is gone.
 */
export async function findCanaries(
  words: readonly string[],
  elsewhere: Record<string, unknown> = {},
): Promise<string[]> {
  const found = [...(await inTables(words)), ...(await inObjects(words))];
  for (const [where, what] of Object.entries(elsewhere)) {
    const text = JSON.stringify(what);
    found.push(...words.filter((word) => text.includes(word)).map((w) => `${where}: ${w}`));
  }
  return found;
}

async function inTables(words: readonly string[]): Promise<string[]> {
  const tables = await db().$queryRaw<{ name: string }[]>`
    SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
    WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')
    ORDER BY 1`;
  const found: string[] = [];
  for (const { name } of tables) {
    const rows = await db().$queryRawUnsafe<{ text: string }[]>(
      `SELECT row_to_json(looked_at)::text AS text FROM ${name} looked_at
       WHERE EXISTS (SELECT FROM unnest($1::text[]) word
                     WHERE position(word IN row_to_json(looked_at)::text) > 0)`,
      [...words],
    );
    found.push(...rows.map(({ text }) => `${name}: ${text}`));
  }
  return found;
}

async function inObjects(words: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of store().list('')) {
    const bytes = await buffer(await store().read(key));
    const has = words.some((word) => key.includes(word) || bytes.includes(word));
    if (has) found.push(`store: ${key}`);
  }
  for await (const { key } of store().listUploads('')) {
    if (words.some((word) => key.includes(word))) found.push(`open upload: ${key}`);
  }
  return found;
}

/** Everything that this process logs from now on, instead of its usual place. */
export function captureLog(): string[] {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  (globalThis as { likenessLog?: unknown }).likenessLog = makeLog('trace', stream);
  return lines;
}
