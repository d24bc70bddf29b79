/** What all workers know of a provider's health together. */
export interface Breaker {
  /** In a row. */
  failures: number;
  /** The minute that began with a failure, and what happened in it. */
  windowFrom: Date | null;
  windowCalls: number;
  windowFailures: number;
  /** Not asked before; after it one probe decides. Null while all is well. */
  openUntil: Date | null;
  openSeconds: number;
  /** Until when somebody's probe may take. */
  probeUntil: Date | null;
  /** `away`: it does not answer. `config`: it refuses us, and only the operator can help. */
  trouble: 'away' | 'config' | null;
}

export const closedBreaker: Breaker = {
  failures: 0,
  windowFrom: null,
  windowCalls: 0,
  windowFailures: 0,
  openUntil: null,
  openSeconds: 0,
  probeUntil: null,
  trouble: null,
};

const inARow = 5;
const windowMs = 60_000;
/** Fewer calls than this in a minute say little about a share. */
const windowAtLeast = 10;
/** Times the first pause. */
const longestPause = 10;

/** Whether it may be asked now: `yes`, as the one `probe`, or not before an instant. */
export function admission(breaker: Breaker, now: Date): 'yes' | 'probe' | { notBefore: Date } {
  if (!breaker.openUntil) return 'yes';
  if (breaker.openUntil > now) return { notBefore: breaker.openUntil };
  if (breaker.probeUntil && breaker.probeUntil > now) return { notBefore: breaker.probeUntil };
  return 'probe';
}

/** Whether an answer changes anything: in health nobody writes. */
export function isHealthy(breaker: Breaker, now: Date): boolean {
  return breaker.failures === 0 && !breaker.openUntil && !inWindow(breaker, now);
}

/** It answered, if only to say that it is full: closed, and the minute goes on. */
export function afterAnswer(breaker: Breaker, now: Date): Breaker {
  if (breaker.openUntil || !inWindow(breaker, now)) return closedBreaker;
  return { ...breaker, failures: 0, windowCalls: breaker.windowCalls + 1 };
}

/**
 * It did not answer: open after five in a row, or when more than half of a minute's calls fail. A
 * refusal (`config`) opens at once. `pauseSeconds` the first time, doubling to ten times as long; a
 * provider that says when to come back is believed.
 */
export function afterFailure(
  breaker: Breaker,
  now: Date,
  failure: { kind: 'away' | 'config'; retryAfterMs: number | null },
  pauseSeconds = 30,
): Breaker {
  const goesOn = inWindow(breaker, now);
  const seen: Breaker = {
    ...breaker,
    failures: breaker.failures + 1,
    windowFrom: goesOn ? breaker.windowFrom : now,
    windowCalls: (goesOn ? breaker.windowCalls : 0) + 1,
    windowFailures: (goesOn ? breaker.windowFailures : 0) + 1,
  };
  // A call that was under way when it opened says nothing new.
  if (breaker.openUntil && breaker.openUntil > now) return seen;
  const opens =
    failure.kind === 'config' ||
    failure.retryAfterMs !== null ||
    breaker.openUntil !== null ||
    seen.failures >= inARow ||
    (seen.windowCalls >= windowAtLeast && seen.windowFailures * 2 > seen.windowCalls);
  if (!opens) return seen;
  const openSeconds = Math.min(
    pauseSeconds * longestPause,
    Math.max(pauseSeconds, seen.openSeconds * 2),
  );
  return {
    ...seen,
    openSeconds,
    openUntil: new Date(now.getTime() + (failure.retryAfterMs ?? openSeconds * 1_000)),
    probeUntil: null,
    trouble: failure.kind,
  };
}

function inWindow({ windowFrom }: Breaker, now: Date): boolean {
  return windowFrom !== null && now.getTime() - windowFrom.getTime() < windowMs;
}
