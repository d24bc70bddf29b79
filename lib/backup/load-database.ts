import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import type { DatabaseFacts } from './dump-database.ts';
import { readSchema, type Table } from './read-schema.ts';

const rowsAtOnce = 500;
/** Filled by its migration: who this is at the GPU providers. A restored one is the one it was. */
const madeByMigrations = 'installation';

/**
 * Fills an empty, migrated database from a dump, all or nothing. The rules that look at a change
 * (triggers) rest meanwhile, because each row is the end of changes they have seen; what must be true
 * of rows (checks, keys, references) is held against all of them before it commits. Throws when the
 * database is not empty, or when a table does not come out with as many rows as went in.
 */
export async function loadDatabase(
  ownerUrl: string,
  folder: string,
  facts: DatabaseFacts,
): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query(
      "SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO'; SET LOCAL intervalstyle = 'iso_8601'",
    );
    const tables = await demandFit(client, facts);
    const named = (name: string) => client.escapeIdentifier(name);
    const references = await client.query<{ table: string; name: string; rule: string }>(
      `SELECT conrelid::regclass::text AS "table", conname AS name, pg_get_constraintdef(oid) AS rule
         FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace`,
    );
    for (const { table, name } of references.rows) {
      await client.query(`ALTER TABLE ${table} DROP CONSTRAINT ${named(name)}`);
    }
    for (const { name, columns } of tables) {
      await client.query(`ALTER TABLE ${named(name)} DISABLE TRIGGER USER`);
      if (name === madeByMigrations) await client.query(`DELETE FROM ${named(name)}`);
      const loaded = await loadTable(client, join(folder, `${name}.jsonl`), name, columns);
      if (loaded !== (facts.rows[name] ?? 0)) {
        throw new Error(`${name}: ${loaded} rows instead of ${facts.rows[name] ?? 0}.`);
      }
    }
    for (const { table, name, rule } of references.rows) {
      await client.query(`ALTER TABLE ${table} ADD CONSTRAINT ${named(name)} ${rule}`);
    }
    for (const { name } of tables) {
      await client.query(`ALTER TABLE ${named(name)} ENABLE TRIGGER USER`);
    }
    for (const [name, value] of Object.entries(facts.sequences)) {
      await client.query('SELECT setval($1::text::regclass, $2)', [named(name), value]);
    }
    await client.query('COMMIT');
  } finally {
    await client.end();
  }
}

/** Throws, before anything is changed, when the database is not empty or of another version. */
export async function demandFitDatabase(ownerUrl: string, facts: DatabaseFacts): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    await demandFit(client, facts);
  } finally {
    await client.end();
  }
}

async function demandFit(client: pg.Client, facts: DatabaseFacts): Promise<Table[]> {
  await demandSameSchema(client, facts);
  const { tables } = await readSchema(client);
  for (const { name } of tables) {
    if (name === madeByMigrations) continue;
    const { rows } = await client.query(`SELECT FROM ${client.escapeIdentifier(name)} LIMIT 1`);
    if (rows.length > 0) throw new Error(`The database is not empty: ${name} has rows.`);
  }
  return tables;
}

/** Rows fit the tables they were read from: an older backup is restored by the version that made it. */
async function demandSameSchema(client: pg.Client, facts: DatabaseFacts): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    'SELECT migration_name AS name FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY 1',
  );
  const here = rows.map(({ name }) => name);
  if (here.join() === facts.migrations.join()) return;
  throw new Error(
    `The backup was made with the migrations up to ${facts.migrations.at(-1)}, this version has them up to ${here.at(-1)}. ` +
      'Restore with the version that made it, then start the newer one.',
  );
}

async function loadTable(
  client: pg.Client,
  path: string,
  table: string,
  columns: string[],
): Promise<number> {
  const name = client.escapeIdentifier(table);
  const insert = `INSERT INTO ${name} (${columns.join(', ')})
    SELECT ${columns.map((column) => `(read).${column}`).join(', ')}
      FROM (SELECT text::${name} AS read FROM unnest($1::text[]) AS text OFFSET 0) rows`;
  let loaded = 0;
  let batch: string[] = [];
  const flush = async () => {
    if (batch.length > 0) await client.query(insert, [batch]);
    loaded += batch.length;
    batch = [];
  };
  for await (const line of createInterface({ input: createReadStream(path) })) {
    batch.push(JSON.parse(line) as string);
    if (batch.length === rowsAtOnce) await flush();
  }
  await flush();
  return loaded;
}
