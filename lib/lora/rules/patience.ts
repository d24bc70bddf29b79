/** How long a training may take at each stage before it is ended for the creator (seconds). */
export interface Patience {
  /** From start to end, whatever happens: the deadline the creator sees. */
  totalSeconds: number;
  /** Until a provider takes the job. */
  queueSeconds: number;
  /** Without another phase before the first step: a base model may have to be fetched first. */
  startSeconds: number;
  /** Without a higher step or another phase, once it makes steps. */
  silenceSeconds: number;
  /** Between two looks at a running job when no bell rings. */
  lookEverySeconds: number;
}

/** A real GPU: capacity can be short for half an hour, loading a model can take a while. */
export function patienceWithGpu(deadlineMinutes: number): Patience {
  return {
    totalSeconds: deadlineMinutes * 60,
    queueSeconds: 30 * 60,
    startSeconds: 60 * 60,
    silenceSeconds: 20 * 60,
    lookEverySeconds: 20,
  };
}

/** The sandbox rehearses: everything scales with how long its trainings take. */
export function patienceWithSandbox(trainingSeconds: number): Patience {
  return {
    totalSeconds: 120 + trainingSeconds * 6,
    queueSeconds: 15 + trainingSeconds,
    startSeconds: 15 + trainingSeconds * 2,
    silenceSeconds: 15 + trainingSeconds * 2,
    lookEverySeconds: 2,
  };
}

/** Tries at a provider before a retryable failure ends the training. */
export const maxAttempts = 3;

/**
 * A wait of up to 2 s, doubling with each try to up to 60 s. `random` (0 to 1) spreads all of it, so
 * that those who failed together do not come back together.
 */
export function backoffMs(tries: number, random: number): number {
  const most = Math.min(60_000, 2_000 * 2 ** Math.min(tries, 10));
  return Math.max(100, Math.round(most * random));
}

/** The later of two instants, where the second may not be there. */
export function latest(one: Date, other: Date | null): Date {
  return other && other > one ? other : one;
}
