import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net';
import { expect, it, vi } from 'vitest';
import type { PrismaClient } from '../prisma/client/client.ts';
import { db, inTransaction } from './db.ts';
import { env } from './env.ts';
import { changeSettings } from './testing/change-settings.ts';

it('has a statement with a name prepared, and no other', async () => {
  const prepared = await inTransaction(async (tx) => {
    for (const value of [1, 2]) {
      await tx.$queryRaw`
        /* prepared as named */
        SELECT ${value}::int AS value`;
    }
    await tx.$queryRaw`/* a remark */ SELECT ${3}::int AS value`;
    return tx.$queryRaw`SELECT name FROM pg_prepared_statements`;
  });
  expect(prepared).toEqual([{ name: 'named' }]);
});

/** PostgreSQL behind a wire that can hold back its answers, and hands them over in one piece then. */
async function startWire(host: string, port: number) {
  const ends: { up: Socket; down: Socket; pieces: Buffer[] }[] = [];
  const wire = {
    isHeld: false,
    waiting: () => ends.filter(({ pieces }) => pieces.length > 0).length,
    letGo() {
      wire.isHeld = false;
      for (const { up, down, pieces } of ends) {
        down.write(Buffer.concat(pieces));
        if (up.readableEnded) down.end();
      }
    },
    port: 0,
    close: () => server.close(),
  };
  const server = createServer((down) => {
    const up = dial(port, host);
    const pieces: Buffer[] = [];
    ends.push({ up, down, pieces });
    up.on('data', (data) => (wire.isHeld ? pieces.push(data) : down.write(data)));
    up.on('end', () => !wire.isHeld && down.end());
    down.on('data', (data) => up.write(data));
    down.on('close', () => up.destroy());
    for (const end of [up, down]) end.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  wire.port = (server.address() as AddressInfo).port;
  return wire;
}

const shared = globalThis as { likenessDb?: PrismaClient };

it('a connection that PostgreSQL ends as it changes hands ends no process', async () => {
  const direct = db();
  const { DATABASE_URL, DATABASE_POOL } = env();
  const url = new URL(DATABASE_URL);
  const wire = await startWire(url.hostname, Number(url.port));
  url.host = `127.0.0.1:${wire.port}`;
  shared.likenessDb = undefined;
  changeSettings({ DATABASE_URL: url.href, DATABASE_POOL: '2' });
  const unheard = vi.fn();
  process.on('uncaughtException', unheard);
  try {
    const both = (sql: string) =>
      Promise.all([1, 2].map(() => db().$queryRawUnsafe<object[]>(sql)));
    const connections = await both('SELECT pg_backend_pid() AS pid FROM pg_sleep(0.1)');
    wire.isHeld = true;
    const answers = both('SELECT 1 AS one');
    const next = inTransaction((tx) => tx.$queryRaw`SELECT 2 AS two`).catch((error) => error);
    await vi.waitUntil(() => wire.waiting() === 2, { timeout: 15_000 });
    for (const { pid } of connections.flat() as { pid: number }[]) {
      await direct.$queryRaw`SELECT pg_terminate_backend(${pid}::int, 5000)`;
    }
    wire.letGo();
    expect(await answers).toEqual([[{ one: 1 }], [{ one: 1 }]]);
    expect(await next).toBeInstanceOf(Error);
    expect(await db().$queryRaw`SELECT 3 AS three`).toEqual([{ three: 3 }]);
    expect(unheard).not.toHaveBeenCalled();
  } finally {
    process.off('uncaughtException', unheard);
    await db().$disconnect();
    wire.close();
    shared.likenessDb = direct;
    changeSettings({ DATABASE_URL, DATABASE_POOL: String(DATABASE_POOL) });
  }
});
