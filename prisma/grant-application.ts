import pg from 'pg';
import { queueSchema } from '../lib/jobs/queue.ts';

/** Of these tables the application may change only the named columns, and delete nothing. */
const CHANGEABLE_COLUMNS: Record<string, readonly string[]> = {
  // Balances are moved by the trigger of credit_lines, which runs as the owner.
  credit_accounts: ['user_id'],
  // What was agreed for a purchase stays, and so does the purchase.
  purchases: ['user_id', 'external_id', 'status', 'settled_at'],
};

/** Kept by `migrate`; the application has no business there. */
const HISTORY_TABLE = '_prisma_migrations';

/** Two starts at once must not grant at once: PostgreSQL refuses the slower one. */
const GRANT_ADVISORY_LOCK = 72_707_370;

/**
 * Lets `role` do what the application does and nothing else: read and write rows, but define nothing,
 * change no line of an append-only table (one with a trigger named `<table>_append_only`), move no
 * balance by hand. Run as the owner after migrations and queue are in place. Safe to repeat: what an
 * earlier version granted too much is taken back.
 */
export async function grantApplication(ownerUrl: string, role: string): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string; append_only: boolean }>(
      `SELECT c.relname AS name, EXISTS (
                SELECT FROM pg_trigger t
                WHERE t.tgrelid = c.oid AND t.tgname = c.relname || '_append_only'
              ) AS append_only
         FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
          AND c.relname <> $1`,
      [HISTORY_TABLE],
    );
    const to = client.escapeIdentifier(role);
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1)', [GRANT_ADVISORY_LOCK]);
    await client.query(schemaGrants(to));
    for (const { name, append_only } of rows) {
      await client.query(
        tableGrants(client.escapeIdentifier(name), to, rightsOn(name, append_only)),
      );
    }
    await client.query('COMMIT');
  } finally {
    await client.end();
  }
}

function schemaGrants(to: string): string {
  const rows = 'SELECT, INSERT, UPDATE, DELETE';
  return `
    SET LOCAL client_min_messages = error;
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;
    REVOKE CREATE ON SCHEMA public FROM ${to};
    GRANT USAGE ON SCHEMA public, ${queueSchema} TO ${to};
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO ${to};
    GRANT ${rows} ON ALL TABLES IN SCHEMA ${queueSchema} TO ${to};
    ALTER DEFAULT PRIVILEGES IN SCHEMA public, ${queueSchema} GRANT ${rows} ON TABLES TO ${to};
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO ${to};`;
}

function rightsOn(table: string, appendOnly: boolean): string {
  if (appendOnly) return 'SELECT, INSERT';
  const columns = CHANGEABLE_COLUMNS[table];
  return columns
    ? `SELECT, INSERT, UPDATE (${columns.join(', ')})`
    : 'SELECT, INSERT, UPDATE, DELETE';
}

function tableGrants(table: string, to: string, rights: string): string {
  return `REVOKE ALL ON public.${table} FROM ${to}; GRANT ${rights} ON public.${table} TO ${to}`;
}
