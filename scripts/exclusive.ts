import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identityOfProcess } from '../lib/sandbox/running-process.ts';

export type Claim =
  | { held: true; takenOver: boolean; release(): Promise<void> }
  | { held: false; byProcess: number };

/**
 * Claims `path` for this process: at most one running process holds it. What a process that is gone
 * left behind is taken over (`takenOver`), whether it was killed or the machine restarted.
 */
export async function claim(path: string): Promise<Claim> {
  await mkdir(dirname(path), { recursive: true });
  const mine = JSON.stringify({ pid: process.pid, identity: await identityOfProcess(process.pid) });
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, mine);
  let takenOver = false;
  try {
    for (;;) {
      // A link either appears with its whole content or not at all.
      const linked = await link(draft, path).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          if (error.code === 'EEXIST') return false;
          throw error;
        },
      );
      if (linked) return { held: true, takenOver, release: () => rm(path, { force: true }) };
      const theirs = await readFile(path, 'utf8').catch(() => null);
      if (theirs === null) continue;
      const owner = await runningOwner(theirs);
      if (owner !== null) return { held: false, byProcess: owner };
      await discard(path, theirs);
      takenOver = true;
    }
  } finally {
    await rm(draft, { force: true });
  }
}

/** Waits until `path` can be claimed; `onWait` is told once whom it waits for. */
export async function claimInTurn(
  path: string,
  onWait: (byProcess: number) => void,
  signal?: AbortSignal,
): Promise<Extract<Claim, { held: true }>> {
  let told = false;
  for (;;) {
    const result = await claim(path);
    if (result.held) return result;
    if (!told) onWait(result.byProcess);
    told = true;
    await sleep(250, undefined, { signal });
  }
}

async function runningOwner(content: string): Promise<number | null> {
  try {
    const { pid, identity }: { pid: number; identity: string | null } = JSON.parse(content);
    const running = await identityOfProcess(pid);
    return running !== null && running === identity ? pid : null;
  } catch {
    return null;
  }
}

/** Moves the stale file away, and back when another process had replaced it meanwhile. */
async function discard(path: string, stale: string): Promise<void> {
  const aside = `${path}.${randomBytes(6).toString('hex')}`;
  const moved = await rename(path, aside).then(
    () => true,
    () => false,
  );
  if (!moved) return;
  if ((await readFile(aside, 'utf8')) !== stale) await link(aside, path).catch(() => {});
  await rm(aside, { force: true });
}
