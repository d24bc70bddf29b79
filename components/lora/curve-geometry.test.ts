import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layCurve, roundTicks, thinned } from './curve-geometry';

describe('values on an axis', () => {
  it.each([
    [0.29, 0.52, [0.2, 0.3, 0.4, 0.5, 0.6]],
    [0.3, 0.5, [0.3, 0.4, 0.5]],
    [0, 100, [0, 50, 100]],
    [0.012, 0.0131, [0.012, 0.0125, 0.013, 0.0135]],
    [4, 4, [4, 6]],
    [0, 0, [0, 0.5]],
  ])('%d to %d', (from, to, ticks) => {
    expect(roundTicks(from, to)).toEqual(ticks);
  });

  it('take every value between them, in even steps', () => {
    const value = fc.double({ min: 0, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(value, value, (a, b) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const ticks = roundTicks(from, to);
        const slack = Math.abs(to) * 1e-6 + 1e-9;
        expect(ticks[0]).toBeLessThanOrEqual(from + slack);
        expect(ticks.at(-1)).toBeGreaterThanOrEqual(to - slack);
        expect(ticks.length).toBeGreaterThan(1);
        expect(ticks.length).toBeLessThan(8);
      }),
    );
  });
});

describe('a curve in its box', () => {
  it('goes from left to right, the higher the further up', () => {
    const curve = layCurve(
      [
        { x: 0, y: 0.5 },
        { x: 750, y: 0.4 },
        { x: 1_500, y: 0.3 },
      ],
      1_500,
    );
    expect(curve?.line).toBe('M0 0L50 50L100 100');
    expect(curve?.trend).toMatch(/^M0 0L50 /);
    expect(curve?.xTicks).toEqual([
      { value: 0, at: 0 },
      { value: 750, at: 50 },
      { value: 1_500, at: 100 },
    ]);
    expect(curve?.yTicks.map(({ at }) => Math.round(at))).toEqual([0, 50, 100]);
  });

  it('is none without a value, and stays in its box with odd ones', () => {
    expect(layCurve([], 100)).toBeNull();
    const odd = layCurve([{ x: 900, y: 0 }], 0);
    expect(odd?.line).toMatch(/^M[\d.]+ [\d.]+$/);
  });
});

describe('a long table', () => {
  it('is thinned evenly, with its first and last line', () => {
    const lines = Array.from({ length: 100 }, (_, index) => index);
    const few = thinned(lines, 12);
    expect(few).toHaveLength(12);
    expect([few[0], few.at(-1)]).toEqual([0, 99]);
    expect(thinned(lines.slice(0, 5), 12)).toEqual([0, 1, 2, 3, 4]);
  });
});
