import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandOfProcess } from '../running-process.ts';
import { type Account, accountFor, reachableDirectory, reachableInstallation } from './account.ts';

const USER = 'likeness';
const TAKEOVER_LIMIT_MS = 15_000;

export interface PostgresServer {
  /** Major version, "18". */
  version: string;
  /** The process that watches over the server. */
  pid: number | null;
  port: number;
  /** Where the data really lies; elsewhere than asked when PostgreSQL's account cannot get there. */
  directory: string;
  /** The connection string of one of its databases. */
  url(database: string): string;
  /** Resolves with the exit code when the server ends, for whatever reason. */
  ended: Promise<number | null>;
  /** Ends it without losing a committed transaction, after `limitMs` as a power cut would. */
  stop(limitMs?: number): Promise<void>;
  /** Ends it as a power cut would. */
  kill(): void;
}

export interface PostgresOptions {
  /** The data folder; made when it does not exist. The caller alone may use it. */
  directory: string;
  port: number;
  password: string;
  /** False for throw-away servers: no fsync, quicker, and worthless after a crash. */
  durable: boolean;
  /** Receives what the server writes to its log. */
  onLog?: (text: string) => void;
}

/**
 * Starts the PostgreSQL that came with the dependencies, on 127.0.0.1 only, and resolves when it
 * accepts connections. It ends with the process that started it, even when that is killed. As root
 * it runs under an unprivileged account, because PostgreSQL refuses root. Throws an error whose
 * message says what to do when it cannot start.
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const account = await accountFor(options.directory);
  const installation = await reachableInstallation(account);
  const directory = await reachableDirectory(options.directory, account);
  if (!existsSync(join(directory, 'PG_VERSION'))) {
    await initialise(installation.path, directory, account, options);
  }
  const found = (await readFile(join(directory, 'PG_VERSION'), 'utf8')).trim();
  if (found !== installation.majorVersion) {
    throw new Error(
      `${directory} was made by PostgreSQL ${found}, but version ${installation.majorVersion} is ` +
        'installed. Move the folder away, or set DATABASE_URL to a server that can read it.',
    );
  }
  await endPredecessor(directory);
  const postgres = join(installation.path, 'bin/postgres');
  const server = await launchWhenFree(() => launch(postgres, directory, account, options));
  return {
    version: installation.majorVersion,
    pid: server.pid,
    port: options.port,
    directory,
    url: (database) =>
      `postgresql://${USER}:${encodeURIComponent(options.password)}@127.0.0.1:${options.port}/${database}`,
    ended: server.ended,
    stop: server.stop,
    kill: server.kill,
  };
}

async function initialise(
  installation: string,
  directory: string,
  account: Account,
  options: PostgresOptions,
): Promise<void> {
  // Made beside its place and moved, so that a start cut short leaves no half-made folder behind.
  const draft = `${directory}.new`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true, mode: 0o700 });
  const passwordFile = join(tmpdir(), `likeness-password-${process.pid}-${options.port}`);
  await writeFile(passwordFile, options.password, { mode: 0o600 });
  try {
    if (account.uid !== undefined && account.gid !== undefined) {
      await chown(draft, account.uid, account.gid);
      await chown(passwordFile, account.uid, account.gid);
    }
    const run = spawnSync(
      join(installation, 'bin/initdb'),
      [
        `--pgdata=${draft}`,
        `--username=${USER}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        // The server's own Unicode rules: the same order and case on every operating system.
        '--locale=C',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        ...(options.durable ? [] : ['--no-sync']),
      ],
      { ...account, cwd: dirname(draft), encoding: 'utf8' },
    );
    if (run.status !== 0) {
      throw new Error(
        `PostgreSQL could not be set up in ${directory}: ${(run.stderr || String(run.error)).trim()}. ` +
          'Set DATABASE_URL to use another PostgreSQL.',
      );
    }
    await rm(directory, { recursive: true, force: true });
    await rename(draft, directory);
  } finally {
    await rm(passwordFile, { force: true });
    await rm(draft, { recursive: true, force: true });
  }
}

/**
 * A server whose starter was killed may still be on its way out, and after a crash of the machine
 * its pid may belong to anybody. PostgreSQL cannot tell these apart; the caller owns the folder, so
 * whatever server runs on it is left over.
 */
async function endPredecessor(directory: string): Promise<void> {
  const file = join(directory, 'postmaster.pid');
  const pid = Number((await readFile(file, 'utf8').catch(() => '')).split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 0) return;
  const deadline = Date.now() + TAKEOVER_LIMIT_MS;
  while (await isPostgres(pid, directory)) {
    try {
      process.kill(pid, Date.now() + 5_000 < deadline ? 'SIGINT' : 'SIGQUIT');
    } catch {
      // It ended in between.
    }
    if (Date.now() > deadline) {
      throw new Error(`A PostgreSQL left over in ${directory} (process ${pid}) does not stop.`);
    }
    await sleep(100);
  }
  await rm(file, { force: true });
}

async function isPostgres(pid: number, directory: string): Promise<boolean> {
  const command = await commandOfProcess(pid);
  return command?.includes('postgres') === true && command.includes(directory);
}

/**
 * The shell stands between us and the server to notice our end: its standard input closes when this
 * process stops, however it stops, and that is the signal for an orderly shutdown.
 */
const WATCH_PARENT = `
  exec 3<&0
  "$@" </dev/null 3<&- &
  server=$!
  { read -r _; kill -INT "$server"; } <&3 >/dev/null 2>&1 &
  exec 3<&-
  wait "$server"`;

/**
 * Of a killed server, single processes may hold its memory a moment longer than the server itself,
 * and PostgreSQL refuses to start beside them.
 */
async function launchWhenFree(launchOnce: () => Launched): Promise<Launched> {
  const deadline = Date.now() + TAKEOVER_LIMIT_MS;
  for (;;) {
    const server = launchOnce();
    try {
      await server.ready;
      return server;
    } catch (error) {
      const stillHeld = error instanceof Error && error.message.includes('shared memory block');
      if (!stillHeld || Date.now() > deadline) throw error;
      await sleep(200);
    }
  }
}

interface Launched {
  pid: number | null;
  ready: Promise<void>;
  ended: Promise<number | null>;
  stop(limitMs?: number): Promise<void>;
  kill(): void;
}

function launch(
  postgres: string,
  directory: string,
  account: Account,
  options: PostgresOptions,
): Launched {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    timezone: 'UTC',
    log_timezone: 'UTC',
    lc_messages: 'C',
    ...(options.durable
      ? {}
      : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  const child = spawn(
    'sh',
    [
      '-c',
      WATCH_PARENT,
      'postgres',
      postgres,
      '-D',
      directory,
      '-p',
      String(options.port),
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    // A group of its own: Ctrl-C in the terminal must reach the parts that use it first.
    { ...account, cwd: directory, detached: true, stdio: ['pipe', 'ignore', 'pipe'] },
  );
  const ended = once(child, 'exit').then(([code]: (number | null)[]) => {
    child.stdin.destroy();
    return code ?? null;
  });
  child.stdin.on('error', () => {});

  let tail = '';
  const ready = new Promise<void>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      tail = (tail + text).slice(-2_000);
      options.onLog?.(text);
      if (text.includes('database system is ready to accept connections')) resolve();
    });
    child.once('error', reject);
    ended.then(() => reject(new Error(`PostgreSQL did not start in ${directory}: ${tail.trim()}`)));
  });
  ready.catch(() => {});

  const signal = (name: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch {
      // Already gone.
    }
  };
  return {
    pid: child.pid ?? null,
    ready,
    ended,
    stop: async (limitMs = 8_000) => {
      child.stdin.end();
      const impatience = setTimeout(() => signal('SIGQUIT'), limitMs);
      await ended;
      clearTimeout(impatience);
    },
    kill: () => signal('SIGKILL'),
  };
}
