import { describe, expect, it } from 'vitest';
import { deviation, isAbove, isBelow, isWithin, shareOf, targets } from './targets.ts';

describe('verdicts on the success metrics', () => {
  it.each([
    [null, 'unknown'],
    [0.6, 'missed'],
    [0.61, 'met'],
  ] as const)('adoption of %s is %s', (share, verdict) => {
    expect(isAbove(share, targets.adoption)).toBe(verdict);
  });

  it.each([
    [null, 'unknown'],
    [7_200_000, 'missed'],
    [7_199_999, 'met'],
  ] as const)('an average of %s ms is %s', (ms, verdict) => {
    expect(isBelow(ms, targets.durationMs)).toBe(verdict);
  });

  it.each([
    [100, 110, 'met'],
    [100, 90, 'met'],
    [100, 111, 'missed'],
    [100, 89, 'missed'],
    [0, 50, 'unknown'],
  ] as const)('estimated %s, cost %s: %s', (estimated, actual, verdict) => {
    expect(isWithin(deviation(actual, estimated), targets.costDeviation)).toBe(verdict);
  });

  it('has no share of nothing', () => {
    expect(shareOf(0, 0)).toBeNull();
    expect(shareOf(1, 4)).toBe(0.25);
  });
});
