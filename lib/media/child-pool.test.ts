import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ChildPool, createChildPool } from './child-pool.ts';

// A child that does what it is told: good and bad things.
const program = `
const kept = [];
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => {});
process.on('message', ({ be }) => {
  if (be === 'hanging') for (;;) {}
  if (be === 'gone') process.exit(3);
  if (be === 'crashing') process.abort();
  // Past the heap's own limit: buffers are none of it.
  if (be === 'greedy') for (;;) kept.push(Buffer.alloc(16 * 1024 * 1024, 1));
  if (be === 'greedy for objects') for (;;) kept.push({ kept: [...kept.slice(-1000)] });
  process.send({ pid: process.pid, env: Object.keys(process.env) });
});
`;

interface Told {
  pid: number;
  env: string[];
}
let folder: string;
let file: string;
const limits = { timeoutMs: 20_000, memoryBytes: 400_000_000, idleMs: 60_000 };
let pool: ChildPool<{ be: string }, Told>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'likeness-child-'));
  file = join(folder, 'child.mjs');
  await writeFile(file, program);
  pool = createChildPool(file, limits);
});
afterAll(async () => {
  pool.close();
  await rm(folder, { recursive: true });
});

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('a pool of children', () => {
  it('asks the same child again, and another at the same time', async () => {
    const { pid } = await pool.ask({ be: 'good' });
    expect((await pool.ask({ be: 'good' })).pid).toBe(pid);
    const both = await Promise.all([pool.ask({ be: 'good' }), pool.ask({ be: 'good' })]);
    expect(new Set(both.map((told) => told.pid)).size).toBe(2);
  });

  it('tells a child nothing of our environment', async () => {
    process.env.CANARY_OF_THIS_TEST = 'canary';
    const { env } = await pool.ask({ be: 'good' });
    // What Node and the shell themselves need.
    expect(
      env.filter((name) => !/^(NODE_CHANNEL|NODE_ENV$|PWD$|_$|SHLVL$|OLDPWD$)/.test(name)),
    ).toEqual([]);
  });

  it.each([
    'gone',
    'crashing',
    'greedy for objects',
    ...(process.platform === 'linux' ? ['greedy'] : []),
  ])(
    'one that is %s is given up on, and replaced',
    async (be) => {
      const before = await pool.ask({ be: 'good' });
      await expect(pool.ask({ be })).rejects.toMatchObject({ kind: 'crash' });
      const after = await pool.ask({ be: 'good' });
      expect(after.pid).not.toBe(before.pid);
      await expect.poll(() => isAlive(before.pid)).toBe(false);
    },
    30_000,
  );

  it('gives up on one that hangs', async () => {
    const impatient = createChildPool<{ be: string }, Told>(file, { ...limits, timeoutMs: 1_000 });
    const { pid } = await pool.ask({ be: 'good' });
    await expect(impatient.ask({ be: 'hanging' })).rejects.toMatchObject({ kind: 'timeout' });
    expect((await pool.ask({ be: 'good' })).pid).toBe(pid);
    impatient.close();
  });

  it('starts another when the one that waited was killed', async () => {
    const { pid } = await pool.ask({ be: 'good' });
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => isAlive(pid)).toBe(false);
    // Whoever asks before its end was heard of is told of a crash, and asks again.
    const ask = () => pool.ask({ be: 'good' });
    expect((await ask().catch(ask)).pid).not.toBe(pid);
  });

  it('that can start no child says so, and blames no question', async () => {
    const none = createChildPool(join(folder, 'none.mjs'), limits);
    await expect(none.ask({})).rejects.toMatchObject({ kind: 'crash' });
  });
});
