import pg from 'pg';
import { sandboxGrantPrefix } from '../lib/credits/rules/sandbox-credits.ts';
import { db } from '../lib/db.ts';
import { env } from '../lib/env.ts';
import { installQueue } from '../lib/jobs/install-queue.ts';
import { store } from '../lib/storage/store.ts';
import { migrate } from '../prisma/migrate.ts';

/** What the stack is told when database and store are fit for use. */
export type Prepared =
  | {
      serverVersion: string;
      migrations: string[];
      demo: { email: string; password: string } | null;
    }
  | { problem: string };

const SAMPLE_DATA_NOTE = 'Likeness: sample data was added';
const OLDEST_POSTGRES = 15;

/**
 * Run by the stack as a process of its own, with the application's settings, once the database and
 * the store answer: migrations, the queue's tables, the bucket, and on an embedded database the
 * sample data, once.
 */
async function prepare(): Promise<Prepared> {
  const serverVersion = await demandPostgres();
  const migrations = await migrate(env().DATABASE_URL);
  await installQueue(env().DATABASE_URL);
  if (env().GPU_PROVIDER !== 'sandbox') await refuseSandboxCredits();
  const { APP_URL, PORT } = env();
  await store().ensureBucket([
    ...new Set([new URL(APP_URL).origin, `http://localhost:${PORT}`, `http://127.0.0.1:${PORT}`]),
  ]);
  // The stack asks for it on its own database only: the demo account's password is known to all.
  const wanted = process.argv.includes('--sample-data');
  return { serverVersion, migrations, demo: wanted ? await addSampleDataOnce() : null };
}

async function demandPostgres(): Promise<string> {
  const client = new pg.Client({ connectionString: env().DATABASE_URL });
  await client.connect().catch((error: Error) => {
    throw new Error(`DATABASE_URL: the database cannot be reached (${error.message}).`);
  });
  try {
    const { rows } = await client.query<{ version: string }>(
      "SELECT current_setting('server_version') AS version",
    );
    const version = rows[0]?.version ?? '';
    if (Number.parseInt(version, 10) < OLDEST_POSTGRES) {
      throw new Error(
        `DATABASE_URL: expected PostgreSQL ${OLDEST_POSTGRES} or later; this is ${version}.`,
      );
    }
    return version;
  } finally {
    await client.end();
  }
}

/** Credits that cost nothing must never pay for a real GPU, nor its demo account be left behind. */
async function refuseSandboxCredits(): Promise<void> {
  const found = await db().creditLine.findFirst({
    where: { idempotencyKey: { startsWith: sandboxGrantPrefix } },
    select: { id: true },
  });
  if (!found) return;
  throw new Error(
    'GPU_PROVIDER: expected sandbox, because this database holds sandbox credits. Give a real GPU a database of its own (DATABASE_URL or LIKENESS_DATA_DIR).',
  );
}

/** The note lies in the database itself, so it shares the data's fate. */
async function addSampleDataOnce(): Promise<{ email: string; password: string }> {
  const { demoAccount, seed } = await import('../prisma/seed.ts');
  const client = new pg.Client({ connectionString: env().DATABASE_URL });
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
