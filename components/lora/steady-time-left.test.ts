import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { steadyTimeLeft } from './steady-time-left';

const range = (fromSeconds: number, toSeconds: number) => ({ fromSeconds, toSeconds });
const shown = { estimate: range(600, 900), atMs: 0 };

describe('time left on the page', () => {
  it.each([
    ['nothing is known', shown, null, 90_000, null],
    ['the first that is known', null, range(600, 900), 5, range(600, 900)],
    ['within a minute nothing changes', shown, range(10, 20), 59_999, range(600, 900)],
    ['after a minute the fresh one', shown, range(540, 800), 60_000, range(540, 800)],
    ['another pace: wide, not a jump', shown, range(1_800, 2_500), 60_000, range(540, 2_500)],
    ['suddenly nearly done: wide, not a jump', shown, range(30, 60), 120_000, range(30, 780)],
    ['never below nothing', shown, range(2_000, 2_100), 1_200_000, range(0, 2_100)],
  ] as const)('%s', (_, before, fresh, nowMs, expected) => {
    expect(steadyTimeLeft(before, fresh, nowMs)?.estimate ?? null).toEqual(expected);
  });

  it('narrows again a minute later', () => {
    const wide = steadyTimeLeft(shown, range(1_800, 2_500), 60_000);
    expect(steadyTimeLeft(wide, range(1_750, 2_400), 120_000)?.estimate).toEqual(
      range(1_750, 2_400),
    );
  });

  it('changes at most once a minute and always holds the fresh one when it does', () => {
    const seconds = fc.integer({ min: 0, max: 20_000 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(seconds, seconds, fc.integer({ min: 0, max: 40_000 }))),
        (looks) => {
          let nowMs = 0;
          let now: ReturnType<typeof steadyTimeLeft> = null;
          for (const [from, length, waitedMs] of looks) {
            nowMs += waitedMs;
            const fresh = range(from, from + length);
            const next = steadyTimeLeft(now, fresh, nowMs);
            if (now && next !== now) {
              expect(nowMs - now.atMs).toBeGreaterThanOrEqual(60_000);
              expect(next?.estimate.fromSeconds).toBeLessThanOrEqual(fresh.fromSeconds);
              expect(next?.estimate.toSeconds).toBeGreaterThanOrEqual(fresh.toSeconds);
            }
            now = next;
          }
        },
      ),
    );
  });
});
