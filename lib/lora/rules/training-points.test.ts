import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isWorthAPoint, maxPoints } from './training-points.ts';

describe('points on the curve', () => {
  it.each([
    ['before the first step', null, 0, false],
    ['the first look, wherever it finds the training', null, 37, true],
    ['the same step again', 37, 37, false],
    ['a step back, after a checkpoint was taken up', 600, 420, false],
    ['a step too near', 600, 605, false],
    ['a 250th of the steps on', 600, 606, true],
    ['the last step, however near', 1_499, 1_500, true],
    ['the last step again', 1_500, 1_500, false],
    ['more steps than there are', 1_500, 1_700, false],
  ] as const)('%s', (_, last, step, worth) => {
    expect(isWorthAPoint(last, { step, totalSteps: 1_500 })).toBe(worth);
  });

  it('stay few, in order and within the training, whatever a provider says', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20_000 }),
        fc.array(fc.integer({ min: -5, max: 25_000 }), { maxLength: 2_000 }),
        fc.boolean(),
        (totalSteps, looks, inOrder) => {
          const kept: number[] = [];
          for (const step of inOrder ? looks.toSorted((a, b) => a - b) : looks) {
            if (!isWorthAPoint(kept.at(-1) ?? null, { step, totalSteps })) continue;
            kept.push(Math.min(step, totalSteps));
          }
          expect(kept.length).toBeLessThanOrEqual(maxPoints);
          expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
        },
      ),
    );
    const everyStep = Array.from({ length: 20_000 }, (_, index) => index + 1);
    let last: number | null = null;
    const kept = everyStep.filter((step) => {
      if (!isWorthAPoint(last, { step, totalSteps: 20_000 })) return false;
      last = step;
      return true;
    });
    expect(kept.length).toBeGreaterThan(200);
    expect(kept.length).toBeLessThanOrEqual(maxPoints);
  });
});
