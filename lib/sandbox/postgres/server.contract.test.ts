import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { commandOfProcess } from '../running-process.ts';
import { type PostgresServer, startPostgres } from './server.ts';

// One data folder for all: setting one up takes longest.
let parent = '';
let directory = '';
let port = 0;
let running: PostgresServer | null = null;

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'likeness-postgres-test-'));
  await chmod(parent, 0o755);
  directory = join(parent, 'data');
  port = await freePort();
});
afterEach(async () => {
  await running?.stop();
  running = null;
});
afterAll(() => rm(parent, { recursive: true }));

const options = () => ({ directory, port, password: 'p w', durable: true });

async function start(): Promise<PostgresServer> {
  running = await startPostgres(options());
  return running;
}

async function query(server: PostgresServer, text: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: server.url('postgres') });
  await client.connect();
  try {
    return await client.query(text);
  } finally {
    await client.end();
  }
}

test('keeps data over a stop and over a kill', async () => {
  const first = await start();
  await query(first, 'CREATE TABLE pet (name text)');
  await first.stop();

  const second = await start();
  await query(second, "INSERT INTO pet VALUES ('cat')");
  second.kill();
  await second.ended;

  const third = await start();
  expect((await query(third, 'SELECT name FROM pet')).rows).toEqual([{ name: 'cat' }]);
});

test('is not the administrator of the machine, sorts alike everywhere, and runs in UTC', async () => {
  const server = await start();
  const { rows } = await query(
    server,
    `SELECT current_setting('server_version') AS version, current_setting('TimeZone') AS zone,
            lower('ÄÉ') AS lower, current_setting('server_encoding') AS encoding`,
  );
  expect(rows).toEqual([
    { version: expect.stringMatching(/^18\./), zone: 'UTC', lower: 'äé', encoding: 'UTF8' },
  ]);
  expect(server.version).toBe('18');
});

test('a wrong password is refused', async () => {
  const server = await start();
  const client = new pg.Client({
    connectionString: server.url('postgres').replace('p%20w', 'other'),
  });
  await expect(client.connect()).rejects.toThrow('password authentication failed');
});

test('ends with the process that started it, even when that is killed', async () => {
  const script = `
    import { startPostgres } from ${JSON.stringify(join(import.meta.dirname, 'server.ts'))};
    await startPostgres(${JSON.stringify(options())});
    console.log('ready');
    setInterval(() => {}, 1000);`;
  const file = join(parent, 'starter.mts');
  await writeFile(file, script);
  const starter = spawn(process.execPath, [file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(starter.stdout, 'data');
  const pid = Number((await readFile(join(directory, 'postmaster.pid'), 'utf8')).split('\n')[0]);
  starter.kill('SIGKILL');
  await expect.poll(() => commandOfProcess(pid), { timeout: 10_000 }).toBeNull();
});

test("a process file left by a crash does not block the start, whoever's number is in it", async () => {
  const first = await start();
  first.kill();
  await first.ended;
  await writeFile(join(directory, 'postmaster.pid'), `${process.pid}\n${directory}\n`);
  const second = await start();
  expect((await query(second, 'SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
});

test('data of another version is refused in words', async () => {
  const server = await start();
  await server.stop();
  await writeFile(join(directory, 'PG_VERSION'), '15\n');
  await expect(start()).rejects.toThrow(/made by PostgreSQL 15, but version 18 is installed/);
  await writeFile(join(directory, 'PG_VERSION'), '18\n');
});

test('a set-up that fails leaves nothing half-made', async () => {
  const elsewhere = join(parent, 'elsewhere');
  const failing = startPostgres({ ...options(), directory: elsewhere, password: '' });
  await expect(failing).rejects.toThrow('could not be set up');
  expect((await readdir(parent)).filter((name) => name.startsWith('elsewhere'))).toEqual([]);
});

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}
