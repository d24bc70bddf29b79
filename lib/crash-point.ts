import { writeSync } from 'node:fs';
import { env } from './env.ts';

/**
 * The arrows of a training's way at which a test lets a worker die: between two steps of which the
 * first is done and the second is not. `before-commit` lies inside the transaction.
 */
export const crashPoints = [
  'sweep.after-claim',
  'poll.after-list',
  'submit.after-claim',
  'submit.after-find',
  'submit.after-effect',
  'submit.after-commit',
  'observe.after-claim',
  'observe.after-answer',
  'store.after-check',
  'apply.before-commit',
  'apply.after-commit',
  'release.after-claim',
  'release.after-cancel',
  'release.after-effect',
  'release.after-commit',
  'late-result.after-check',
  'late-result.after-keep',
  'late-result.before-claim',
] as const;
export type CrashPoint = (typeof crashPoints)[number];

let wasFrozen = false;

/**
 * Ends this process as `kill -9` would, or freezes it once (`<name>/freeze`), when CRASH_POINT names
 * this place; does nothing otherwise. Only NODE_ENV=test accepts that setting.
 */
export function crashPoint(name: CrashPoint): void {
  const wanted = env().CRASH_POINT;
  if (wanted === '' || (wanted !== name && wanted !== `${name}/freeze`) || wasFrozen) return;
  wasFrozen = true;
  writeSync(2, `crash point ${wanted}\n`);
  process.kill(process.pid, wanted === name ? 'SIGKILL' : 'SIGSTOP');
}
