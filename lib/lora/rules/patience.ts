/** How long a training may take at each stage before it is ended for the creator (seconds). */
export interface Patience {
  /** From start to end, whatever happens: the deadline the creator sees. */
  totalSeconds: number;
  /** Until a provider takes the job. */
  queueSeconds: number;
  /** Without a higher step or another phase. */
  silenceSeconds: number;
  /** Between two looks at a running job when no bell rings. */
  lookEverySeconds: number;
}

/** A real GPU: capacity can be short for half an hour, loading a model can take a while. */
export function patienceWithGpu(deadlineMinutes: number): Patience {
  return {
    totalSeconds: deadlineMinutes * 60,
    queueSeconds: 30 * 60,
    silenceSeconds: 20 * 60,
    lookEverySeconds: 20,
  };
}

/** The sandbox rehearses: everything scales with how long its trainings take. */
export function patienceWithSandbox(trainingSeconds: number): Patience {
  return {
    totalSeconds: 120 + trainingSeconds * 6,
    queueSeconds: 15 + trainingSeconds,
    silenceSeconds: 15 + trainingSeconds * 2,
    lookEverySeconds: 2,
  };
}

/** Tries at a provider before a retryable failure ends the training. */
export const maxAttempts = 3;

/** Doubling from 1 s to 60 s; `random` (0 to 1) spreads the second half of each wait. */
export function backoffMs(tries: number, random: number): number {
  const full = Math.min(60_000, 1_000 * 2 ** Math.min(tries, 10));
  return Math.round(full / 2 + (full / 2) * random);
}
