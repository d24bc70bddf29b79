import type { Estimate } from '../../lib/lora/rules/estimate.ts';

/** A range of time left as it stands on the page, and since when. */
export interface ShownTimeLeft {
  estimate: Estimate;
  atMs: number;
}

const restMs = 60_000;

/**
 * What to show of a fresh estimate: it changes at most once a minute, and where the fresh range has
 * nothing in common with the one shown (less the time gone by), the two are shown as one wide range
 * for that minute. So it widens rather than jumps.
 */
export function steadyTimeLeft(
  shown: ShownTimeLeft | null,
  fresh: Estimate | null,
  nowMs: number,
): ShownTimeLeft | null {
  if (!fresh) return null;
  if (!shown) return { estimate: fresh, atMs: nowMs };
  const goneMs = nowMs - shown.atMs;
  if (goneMs < restMs) return shown;
  const less = (seconds: number) => Math.max(0, seconds - goneMs / 1_000);
  const fromSeconds = less(shown.estimate.fromSeconds);
  const toSeconds = less(shown.estimate.toSeconds);
  const meet = fresh.fromSeconds <= toSeconds && fromSeconds <= fresh.toSeconds;
  return {
    estimate: meet
      ? fresh
      : {
          fromSeconds: Math.min(fromSeconds, fresh.fromSeconds),
          toSeconds: Math.max(toSeconds, fresh.toSeconds),
        },
    atMs: nowMs,
  };
}
