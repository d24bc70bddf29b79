import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { db } from '../db.ts';
import { withOutside } from '../testing/outside.ts';
import { attemptOf, later, makeStage } from '../testing/training-stage.ts';
import { sweepAttempts } from './sweep-attempts.ts';

const outside = withOutside();
const unheard: unknown[] = [];
const hear = (error: unknown) => unheard.push(error);
beforeEach(async () => {
  // Attempts of earlier tests are not due here.
  await db().trainingAttempt.updateMany({ data: { nextCheckAt: null } });
  process.on('unhandledRejection', hear);
});
afterEach(() => {
  process.off('unhandledRejection', hear);
});

it('tells of a database that goes away when all its steps have ended, and ends no process', async () => {
  const started = [await makeStage(), await makeStage()].map((stage) => stage.start());
  const ids = (await Promise.all(started)).map(({ loraModelId }) => loraModelId);
  const submitted = async () =>
    (await Promise.all(ids.map(attemptOf))).filter(({ state }) => state === 'submitted').length;

  // One step hangs at its provider; the other goes on to the next and finds no database.
  outside.gpu.plan.list.push('hold-after');
  let isAway = false;
  const told = vi.fn();
  const sweep = sweepAttempts(() => {
    if (isAway) throw new Error('terminating connection');
    return later(0);
  }).catch(told);
  await outside.gpu.nextHeld();
  isAway = true;
  await vi.waitUntil(async () => (await submitted()) === 1, { timeout: 15_000 });
  expect(told).not.toHaveBeenCalled();

  outside.gpu.held[0]?.letGo();
  await sweep;
  expect(told).toHaveBeenCalledExactlyOnceWith(new Error('terminating connection'));
  expect(await submitted()).toBe(2);
  expect(unheard).toEqual([]);
});
