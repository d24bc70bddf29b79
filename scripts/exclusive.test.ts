import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { identityOfProcess } from '../lib/sandbox/running-process.ts';
import { claim, claimInTurn } from './exclusive.ts';

let directory = '';
let path = '';

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'likeness-claim-'));
  path = join(directory, 'deep/in-use');
});
afterEach(() => rm(directory, { recursive: true }));

test('the first holds it, the second is told who does, and after release it is free', async () => {
  const first = await claim(path);
  expect(first).toMatchObject({ held: true, takenOver: false });
  expect(await claim(path)).toEqual({ held: false, byProcess: process.pid });
  if (first.held) await first.release();
  expect(await claim(path)).toMatchObject({ held: true, takenOver: false });
});

test('of many at once exactly one holds it, and no draft stays behind', async () => {
  const claims = await Promise.all(Array.from({ length: 20 }, () => claim(path)));
  expect(claims.filter(({ held }) => held)).toHaveLength(1);
  expect(await readdir(join(directory, 'deep'))).toEqual(['in-use']);
});

/** Makes the claim's folder. */
async function claimAndLetGo(): Promise<void> {
  const claimed = await claim(path);
  if (claimed.held) await claimed.release();
}

test('what a process left behind that was killed is taken over', async () => {
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  const pid = other.pid ?? 0;
  await claimAndLetGo();
  await writeFile(path, JSON.stringify({ pid, identity: await identityOfProcess(pid) }));
  expect(await claim(path)).toEqual({ held: false, byProcess: pid });

  const gone = once(other, 'exit');
  other.kill('SIGKILL');
  await gone;
  expect(await claim(path)).toMatchObject({ held: true, takenOver: true });
});

test('a running process with the number of an earlier one does not hold it', async () => {
  await claimAndLetGo();
  await writeFile(path, JSON.stringify({ pid: process.pid, identity: 'an earlier life' }));
  expect(await claim(path)).toMatchObject({ held: true, takenOver: true });
});

test('a file cut short is taken over', async () => {
  await claimAndLetGo();
  await writeFile(path, '{"pid":');
  expect(await claim(path)).toMatchObject({ held: true, takenOver: true });
});

test('in turn: waits for the holder, says once for whom, and gives up when told to', async () => {
  const first = await claim(path);
  const waits: number[] = [];
  const second = claimInTurn(path, (pid) => waits.push(pid));
  const third = claimInTurn(path, () => {}, AbortSignal.timeout(50));
  await expect(third).rejects.toThrow();
  if (first.held) await first.release();
  expect(await second).toMatchObject({ held: true });
  expect(waits).toEqual([process.pid]);
});
