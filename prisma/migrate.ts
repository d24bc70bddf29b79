import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';

const MIGRATIONS_DIRECTORY = join(import.meta.dirname, 'migrations');

/** The number Prisma's own `migrate deploy` locks, so that the two exclude each other. */
const PRISMA_ADVISORY_LOCK = 72_707_369;

const HISTORY_TABLE = `
  CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id                  VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum            VARCHAR(64) NOT NULL,
    finished_at         TIMESTAMPTZ,
    migration_name      VARCHAR(255) NOT NULL,
    logs                TEXT,
    rolled_back_at      TIMESTAMPTZ,
    started_at          TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count INTEGER NOT NULL DEFAULT 0
  )`;

interface Migration {
  name: string;
  sql: string;
  checksum: string;
}

/**
 * Brings a database to the newest migration: each `prisma/migrations/<name>/migration.sql` that is
 * not applied yet, in the order of the names, each in a transaction of its own. History is kept in
 * Prisma's own table, so `prisma migrate deploy` accepts the same database. Returns the names
 * applied now. Throws, naming the migration, when an applied file was changed afterwards, when an
 * earlier run of another tool left one unfinished, or when its SQL fails (nothing of it remains).
 */
export async function migrate(
  databaseUrl: string,
  directory: string = MIGRATIONS_DIRECTORY,
): Promise<string[]> {
  const migrations = await readMigrations(directory);
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    // Held by the session, so it is given back when the connection ends, whatever happens.
    await client.query('SELECT pg_advisory_lock($1)', [PRISMA_ADVISORY_LOCK]);
    await client.query('SET client_min_messages = warning');
    await client.query(HISTORY_TABLE);
    const applied = await readHistory(client);
    const pending = migrations.filter((migration) => {
      const checksum = applied.get(migration.name);
      if (checksum !== undefined && checksum !== migration.checksum) {
        throw new Error(
          `Migration ${migration.name} was changed after it was applied. ` +
            'Restore the file and put the change into a new migration.',
        );
      }
      return checksum === undefined;
    });
    for (const migration of pending) await apply(client, migration);
    return pending.map((migration) => migration.name);
  } finally {
    await client.end();
  }
}

async function readMigrations(directory: string): Promise<Migration[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(join(directory, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

async function readHistory(client: pg.Client): Promise<Map<string, string>> {
  const { rows } = await client.query<{ name: string; checksum: string; finished: boolean }>(`
    SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished
      FROM _prisma_migrations
     WHERE rolled_back_at IS NULL`);
  const unfinished = rows.find((row) => !row.finished);
  if (unfinished) {
    throw new Error(
      `Migration ${unfinished.name} was begun by another tool and never finished. ` +
        'Resolve it with "prisma migrate resolve" first.',
    );
  }
  return new Map(rows.map((row) => [row.name, row.checksum]));
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(migration.sql);
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, clock_timestamp(), 1)`,
      [randomUUID(), migration.checksum, migration.name],
    );
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw new Error(`Migration ${migration.name} failed${lineOf(error, migration.sql)}: ${error}`, {
      cause: error,
    });
  }
}

/** " at line 12" where PostgreSQL says which character of the file it stumbled over. */
function lineOf(error: unknown, sql: string): string {
  const position = error instanceof pg.DatabaseError ? Number(error.position) : Number.NaN;
  return Number.isFinite(position) ? ` at line ${sql.slice(0, position).split('\n').length}` : '';
}
