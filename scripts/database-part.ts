import pg from 'pg';
import { type PostgresServer, startPostgres } from '../lib/sandbox/postgres/server.ts';
import type { Part, PartLog } from './part.ts';
import { DATABASE_NAME, DATABASE_USER } from './stack-settings.ts';
import { StartError } from './start-error.ts';

export interface DatabasePartOptions {
  directory: string;
  port: number;
  /** Of the owner. */
  password: string;
  /** Of the application's own role. */
  appPassword: string;
  log: PartLog;
  onCrash(report: string): void;
}

/** The embedded PostgreSQL as a part of the stack, with the application's database and role made. */
export function databasePart(options: DatabasePartOptions): Part & { directory(): string } {
  let server: PostgresServer | null = null;
  let starting: Promise<unknown> = Promise.resolve();
  let endWanted = false;

  async function launch(): Promise<void> {
    endWanted = false;
    options.log.begin();
    const started = await startPostgres({
      directory: options.directory,
      port: options.port,
      password: options.password,
      durable: true,
      onLog: (text) => {
        for (const line of text.split('\n')) if (line) options.log.write(line, true);
      },
    }).catch((error: Error) => {
      throw new StartError(error.message, { cause: error });
    });
    server = started;
    void started.ended.then((code) => {
      if (server !== started) return;
      server = null;
      if (!endWanted) {
        const lines = options.log.tail().map((line) => `  ${line}`);
        const head = `The database ended by itself (exit code ${code}). Its last lines (${options.log.path}):`;
        options.onCrash([head, ...lines].join('\n'));
      }
    });
    await createDatabase(started.url('postgres'), options.appPassword);
  }

  async function end(how: (running: PostgresServer) => Promise<void>): Promise<void> {
    endWanted = true;
    await starting.catch(() => {});
    endWanted = true;
    if (server) await how(server);
  }

  return {
    directory: () => server?.directory ?? options.directory,
    get pid() {
      return server?.pid ?? null;
    },
    start() {
      const promise = launch();
      starting = promise;
      return promise;
    },
    stop: (limitMs) => end((running) => running.stop(limitMs)),
    kill: (signal) =>
      end(async (running) => {
        if (signal !== 'SIGKILL') return running.stop();
        running.kill();
        await running.ended;
      }),
  };
}

async function createDatabase(adminUrl: string, appPassword: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect().catch((error: Error) => {
    throw new StartError(
      `The embedded PostgreSQL refuses the password in secrets.json (${error.message}). ` +
        'Bring back the secrets.json that belongs to this data.',
    );
  });
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [
      DATABASE_NAME,
    ]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE_NAME}`);
    const role = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [DATABASE_USER]);
    const verb = role.rowCount === 0 ? 'CREATE' : 'ALTER';
    await client.query(
      `${verb} ROLE ${DATABASE_USER} LOGIN PASSWORD ${client.escapeLiteral(appPassword)}`,
    );
  } finally {
    await client.end();
  }
}
