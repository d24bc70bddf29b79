import pg from 'pg';
import { refuseSandboxCredits } from '../lib/credits/refuse-sandbox-credits.ts';
import { env } from '../lib/env.ts';
import { installQueue } from '../lib/jobs/install-queue.ts';
import { store } from '../lib/storage/store.ts';
import { grantApplication } from '../prisma/grant-application.ts';
import { migrate } from '../prisma/migrate.ts';

/** What the stack is told when database and store are fit for use. */
export type Prepared =
  | {
      serverVersion: string;
      migrations: string[];
      /** Whether what web and worker connect as is refused a change of ledger lines. */
      ledgerIsClosed: boolean;
      demo: { email: string; password: string } | null;
    }
  | { problem: string };

const SAMPLE_DATA_NOTE = 'Likeness: sample data was added';
const OLDEST_POSTGRES = 15;

/**
 * Run by the stack as a process of its own, with the application's settings, once the database and
 * the store answer: migrations, the queue's tables, what the application's role may do, the bucket,
 * and on an embedded database the sample data, once.
 */
async function prepare(): Promise<Prepared> {
  const serverVersion = await demandPostgres('DATABASE_URL');
  if (env().DATABASE_OWNER_URL) await demandPostgres('DATABASE_OWNER_URL');
  const migrations = await migrate(ownerUrl());
  await installQueue(ownerUrl());
  const role = await roleOf(env().DATABASE_URL);
  if (role !== (await roleOf(ownerUrl()))) await grantApplication(ownerUrl(), role);
  const ledgerIsClosed = await isLedgerClosed();
  if (env().GPU_PROVIDER !== 'sandbox') await refuseSandboxCredits();
  const { APP_URL, PORT } = env();
  await store().ensureBucket([
    ...new Set([new URL(APP_URL).origin, `http://localhost:${PORT}`, `http://127.0.0.1:${PORT}`]),
  ]);
  // The stack asks for it on its own database only: the demo account's password is known to all.
  const wanted = process.argv.includes('--sample-data');
  return {
    serverVersion,
    migrations,
    ledgerIsClosed,
    demo: wanted ? await addSampleDataOnce() : null,
  };
}

/** Who makes the tables: the owner when one is named, else the application itself. */
function ownerUrl(): string {
  return env().DATABASE_OWNER_URL || env().DATABASE_URL;
}

async function demandPostgres(variable: 'DATABASE_URL' | 'DATABASE_OWNER_URL'): Promise<string> {
  const version = await ask(env()[variable], "current_setting('server_version')").catch(
    (error: Error) => {
      throw new Error(`${variable}: the database cannot be reached (${error.message}).`);
    },
  );
  if (Number.parseInt(version, 10) < OLDEST_POSTGRES) {
    throw new Error(
      `${variable}: expected PostgreSQL ${OLDEST_POSTGRES} or later; this is ${version}.`,
    );
  }
  return version;
}

/** Whom a connection string stands for, as PostgreSQL sees it. */
function roleOf(url: string): Promise<string> {
  return ask(url, 'current_user::text');
}

/** Asked of PostgreSQL, not of the settings: an owner or a superuser may always. */
async function isLedgerClosed(): Promise<boolean> {
  const may = "has_table_privilege('public.credit_lines', 'UPDATE, DELETE, TRUNCATE')::text";
  return (await ask(env().DATABASE_URL, may)) === 'false';
}

/** What one expression comes to on a connection of its own. */
async function ask(url: string, expression: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ answer: string }>(`SELECT ${expression} AS answer`);
    return rows[0]?.answer ?? '';
  } finally {
    await client.end();
  }
}

/** The note lies in the database itself, so it shares the data's fate. */
async function addSampleDataOnce(): Promise<{ email: string; password: string }> {
  const { demoAccount, seed } = await import('../prisma/seed.ts');
  const client = new pg.Client({ connectionString: ownerUrl() });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string; note: string | null }>(
      `SELECT datname AS name, shobj_description(oid, 'pg_database') AS note
         FROM pg_database WHERE datname = current_database()`,
    );
    if (rows[0]?.note !== SAMPLE_DATA_NOTE) {
      await seed();
      const database = client.escapeIdentifier(rows[0]?.name ?? '');
      await client.query(`COMMENT ON DATABASE ${database} IS '${SAMPLE_DATA_NOTE}'`);
    }
    return demoAccount;
  } finally {
    await client.end();
  }
}

const answer = await prepare().catch((error: unknown): Prepared => {
  console.error(error);
  return { problem: error instanceof Error ? error.message : String(error) };
});
process.send?.(answer, () => process.exit('problem' in answer ? 1 : 0));
