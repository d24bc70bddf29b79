import { describe, expect, it } from 'vitest';
import { canMove, failureIsOurs, hasEnded, trainingStatuses } from './lifecycle.ts';

const allowed = new Set([
  'pending>training',
  'pending>failed',
  'pending>cancelled',
  'training>ready',
  'training>failed',
  'training>cancelled',
]);

describe('every pair of states (D7)', () => {
  for (const from of trainingStatuses) {
    for (const to of trainingStatuses) {
      const pair = `${from}>${to}`;
      it(`${from} to ${to}: ${allowed.has(pair) ? 'yes' : 'no'}`, () => {
        expect(canMove(from, to)).toBe(allowed.has(pair));
      });
    }
  }
});

it.each([
  ['pending', false],
  ['training', false],
  ['ready', true],
  ['failed', true],
  ['cancelled', true],
] as const)('%s has ended: %s', (status, ended) => {
  expect(hasEnded(status)).toBe(ended);
});

it('blames the creator for unreadable images only (D8)', () => {
  expect(failureIsOurs('IMAGES_UNREADABLE')).toBe(false);
  expect(failureIsOurs('GPU_OUT_OF_MEMORY')).toBe(true);
  expect(failureIsOurs('DEADLINE_PASSED')).toBe(true);
});
