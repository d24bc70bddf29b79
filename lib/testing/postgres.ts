import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { grantApplication } from '../../prisma/grant-application.ts';
import { migrate } from '../../prisma/migrate.ts';
import { env } from '../env.ts';
import { installQueue } from '../jobs/install-queue.ts';
import { startPostgres } from '../sandbox/postgres/server.ts';

export interface TestPostgres {
  /** Connection string of an administrative database on the server. */
  adminUrl: string;
  /** The migrated database that tests clone. */
  template: string;
  /** The role that may do what the application does, and nothing else. */
  appUser: { name: string; password: string };
  stop(): Promise<void>;
}

/**
 * A server for one test run with one migrated database to clone from, pg-boss's schema included, and a
 * role for the application: the
 * server of `TEST_DATABASE_URL` when that is set (the template is dropped afterwards), else an
 * embedded one in a temporary folder.
 */
export async function startTestPostgres(): Promise<TestPostgres> {
  const external = env().TEST_DATABASE_URL;
  const server = external ? null : await startThrowAwayServer();
  const adminUrl = (external || server?.url('postgres')) ?? '';
  const template = `likeness_test_${process.pid}_${Date.now()}`;
  const appUser = { name: `${template}_app`, password: 'test' };
  try {
    await execute(adminUrl, `CREATE ROLE ${appUser.name} LOGIN PASSWORD '${appUser.password}'`);
    await execute(adminUrl, `CREATE DATABASE ${template}`);
    const templateUrl = databaseUrl(adminUrl, template);
    await migrate(templateUrl);
    await installQueue(templateUrl);
    await grantApplication(templateUrl, appUser.name);
  } catch (error) {
    await server?.stop();
    throw error;
  }
  return {
    adminUrl,
    template,
    appUser,
    stop: async () => {
      if (server) await server.stop();
      else {
        await dropDatabases(adminUrl, template);
        await execute(adminUrl, `DROP ROLE ${appUser.name}`);
      }
    },
  };
}

async function startThrowAwayServer() {
  const parent = await mkdtemp(join(tmpdir(), 'likeness-postgres-'));
  // The parent is made for us alone; PostgreSQL may run under another account.
  await chmod(parent, 0o755);
  const server = await startPostgres({
    directory: join(parent, 'data'),
    port: await freePort(),
    password: 'test',
    durable: false,
  });
  return {
    url: server.url,
    stop: async () => {
      await server.stop();
      await rm(parent, { recursive: true, force: true });
    },
  };
}

async function dropDatabases(adminUrl: string, prefix: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ datname: string }>(
      'SELECT datname FROM pg_database WHERE starts_with(datname, $1)',
      [prefix],
    );
    for (const { datname } of rows) {
      await client.query(`DROP DATABASE IF EXISTS ${datname} WITH (FORCE)`);
    }
  } finally {
    await client.end();
  }
}

/** The same server, another database. */
export function databaseUrl(url: string, database: string): string {
  const parsed = new URL(url);
  parsed.pathname = `/${database}`;
  return parsed.href;
}

/** The same database, as another user. */
export function withUser(url: string, user: { name: string; password: string }): string {
  const parsed = new URL(url);
  parsed.username = user.name;
  parsed.password = user.password;
  return parsed.href;
}

/** Runs one statement on a connection of its own. */
export async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** A TCP port that was free a moment ago. */
async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', resolve);
  });
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('No free port.');
  return address.port;
}
