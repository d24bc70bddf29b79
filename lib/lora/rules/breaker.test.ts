import { describe, expect, it } from 'vitest';
import { admission, afterAnswer, afterFailure, type Breaker, closedBreaker } from './breaker.ts';

const at = (seconds: number) => new Date(Date.UTC(2026, 2, 12, 12) + seconds * 1_000);
const away = { kind: 'away', retryAfterMs: null } as const;

function failed(times: number, breaker: Breaker = closedBreaker, from = 0): Breaker {
  let now = breaker;
  for (let n = 0; n < times; n += 1) now = afterFailure(now, at(from + n), away);
  return now;
}

describe('the breaker of a provider', () => {
  it('opens for 30 s after five failures in a row, not after four', () => {
    expect(admission(failed(4), at(4))).toBe('yes');
    const open = failed(5);
    expect(open).toMatchObject({ trouble: 'away', openSeconds: 30, openUntil: at(34) });
    expect(admission(open, at(33))).toEqual({ notBefore: at(34) });
  });

  it('counts in a row: an answer begins anew', () => {
    const breaker = failed(4, afterAnswer(failed(4), at(5)), 61);
    expect(breaker.trouble).toBeNull();
  });

  it('opens when more than half of a minute’s calls fail', () => {
    let breaker = closedBreaker;
    for (let n = 0; n < 5; n += 1) {
      breaker = failed(1, breaker, n * 2);
      if (n < 4) breaker = afterAnswer(breaker, at(n * 2 + 1));
    }
    expect(breaker.trouble).toBeNull();
    breaker = failed(1, breaker, 20);
    expect(breaker).toMatchObject({ windowCalls: 10, windowFailures: 6, trouble: 'away' });
  });

  it('lets one probe through when its time is over', () => {
    const open = failed(5);
    expect(admission(open, at(34))).toBe('probe');
    expect(admission({ ...open, probeUntil: at(60) }, at(34))).toEqual({ notBefore: at(60) });
    expect(admission({ ...open, probeUntil: at(60) }, at(60))).toBe('probe');
  });

  it('doubles with each probe that fails, up to five minutes', () => {
    let breaker = failed(5);
    const lengths = [breaker.openSeconds];
    for (let n = 0; n < 5; n += 1) {
      breaker = afterFailure(breaker, breaker.openUntil ?? at(0), away);
      lengths.push(breaker.openSeconds);
    }
    expect(lengths).toEqual([30, 60, 120, 240, 300, 300]);
  });

  it('closes with the first answer and forgets', () => {
    expect(afterAnswer(failed(5), at(40))).toEqual(closedBreaker);
  });

  it('is not opened further by calls that were under way', () => {
    expect(failed(8)).toMatchObject({ openSeconds: 30, openUntil: at(34) });
  });

  it('opens at once when we are refused, and when we are told when to come back', () => {
    const refused = afterFailure(closedBreaker, at(0), { kind: 'config', retryAfterMs: null });
    expect(refused).toMatchObject({ trouble: 'config', openUntil: at(30) });
    const told = afterFailure(closedBreaker, at(0), { kind: 'away', retryAfterMs: 90_000 });
    expect(told).toMatchObject({ trouble: 'away', openUntil: at(90) });
  });
});
