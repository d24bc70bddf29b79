/** What the product wants to reach (specification, "Success metrics"). Shares are of 1. */
export const targets = {
  /** Of the creators with a finished profile set, those who train. More than. */
  adoption: 0.6,
  /** Of the trainings that ended ready or failed, the ready ones. More than. */
  completion: 0.9,
  /** Of the answers, "better". More than. */
  satisfaction: 0.8,
  /** Average training. Less than. */
  durationMs: 2 * 3_600_000,
  /** What the GPU cost against what was estimated, either way. Within. */
  costDeviation: 0.1,
} as const;

export type Verdict = 'met' | 'missed' | 'unknown';

/** A share of 1, or null when there is nothing to divide by. */
export function shareOf(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}

/** "More than": the target itself is not enough. */
export function isAbove(value: number | null, target: number): Verdict {
  if (value === null) return 'unknown';
  return value > target ? 'met' : 'missed';
}

/** "Less than". */
export function isBelow(value: number | null, target: number): Verdict {
  if (value === null) return 'unknown';
  return value < target ? 'met' : 'missed';
}

/** How far `actual` is from `estimated`, as a share of it: 0.05 is 5 % more. Null without estimate. */
export function deviation(actual: number, estimated: number): number | null {
  return estimated > 0 ? (actual - estimated) / estimated : null;
}

export function isWithin(value: number | null, tolerance: number): Verdict {
  if (value === null) return 'unknown';
  return Math.abs(value) <= tolerance ? 'met' : 'missed';
}
