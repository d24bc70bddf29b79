import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { readSchema } from './read-schema.ts';

/** What a dump holds, apart from the rows themselves. */
export interface DatabaseFacts {
  serverVersion: string;
  /** Every migration that was applied, in order. */
  migrations: string[];
  /** Rows by table. */
  rows: Record<string, number>;
  /** Where each counter of the database stands. */
  sequences: Record<string, string>;
  /** Bells that had not been answered, to be rung again. */
  bells: { name: string; data: object }[];
}

const rowsAtOnce = 1_000;

/**
 * Writes every table of ours into `folder`, one file each with a row a line, as they were at one
 * moment: one read-only transaction sees one state, whatever is written meanwhile. Flat memory.
 */
export async function dumpDatabase(ownerUrl: string, folder: string): Promise<DatabaseFacts> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await client.query(
      "SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO'; SET LOCAL intervalstyle = 'iso_8601'",
    );
    const { tables, sequences } = await readSchema(client);
    const rows: Record<string, number> = {};
    for (const { name } of tables) {
      const file = createWriteStream(join(folder, `${name}.jsonl`), { mode: 0o600 });
      rows[name] = 0;
      const lines = async function* () {
        for await (const row of readRows(client, name)) {
          rows[name] = (rows[name] ?? 0) + 1;
          yield `${JSON.stringify(row)}\n`;
        }
      };
      await pipeline(Readable.from(lines()), file);
    }
    const one = async <T extends pg.QueryResultRow>(sql: string) =>
      (await client.query<T>(sql)).rows;
    const [server] = await one<{ version: string }>(
      "SELECT current_setting('server_version') AS version",
    );
    const migrations = await one<{ name: string }>(
      'SELECT migration_name AS name FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY 1',
    );
    const bells = await one<{ name: string; data: object }>(
      "SELECT DISTINCT name, data FROM pgboss.job WHERE state IN ('created', 'retry', 'active')",
    );
    await client.query('COMMIT');
    return {
      serverVersion: server?.version ?? '',
      migrations: migrations.map(({ name }) => name),
      rows,
      sequences,
      bells,
    };
  } finally {
    await client.end();
  }
}

/** Each row in PostgreSQL's own text for it, which reads back exactly. */
async function* readRows(client: pg.Client, table: string): AsyncGenerator<string> {
  const name = client.escapeIdentifier(table);
  await client.query(
    `DECLARE dumped NO SCROLL CURSOR FOR SELECT row_of::text AS row FROM ${name} row_of`,
  );
  for (;;) {
    const { rows } = await client.query<{ row: string }>(`FETCH ${rowsAtOnce} FROM dumped`);
    for (const { row } of rows) yield row;
    if (rows.length < rowsAtOnce) break;
  }
  await client.query('CLOSE dumped');
}
