/** How long each station of a training took, in ms; null while it is not over. */
export interface PhaseTimes {
  waiting: number | null;
  preparing: number | null;
  training: number | null;
  saving: number | null;
}

/**
 * Times of the stations from what we wrote down on the way: when it was asked for, when a GPU had
 * it, when its steps were first and last seen to move, when it was ready.
 */
export function phaseTimes(known: {
  createdAt: Date;
  startedAt: Date | null;
  firstStepAt: Date | null;
  lastStepAt: Date | null;
  readyAt: Date | null;
}): PhaseTimes {
  const { createdAt, startedAt, firstStepAt, lastStepAt, readyAt } = known;
  return {
    waiting: between(createdAt, startedAt),
    preparing: between(startedAt, firstStepAt),
    training: between(firstStepAt, lastStepAt),
    saving: between(lastStepAt, readyAt),
  };
}

function between(from: Date | null, to: Date | null): number | null {
  return from && to ? Math.max(0, to.getTime() - from.getTime()) : null;
}
