import { hasEnded, type TrainingStatus } from '../../lib/lora/rules/lifecycle.ts';

const quickMs = 2_000;
const quickForMs = 30_000;

/**
 * How often to ask after a training, in ms; false when there is nothing to ask for. Quick while
 * something is new, then at the pace of what is going on. The sandbox is over in half a minute.
 */
export function pollIntervalMs(training: {
  status: TrainingStatus | null;
  /** A training is about to appear: the profile set was completed with training on. */
  expected: boolean;
  sandbox: boolean;
  sinceChangeMs: number;
}): number | false {
  const { status, expected, sandbox, sinceChangeMs } = training;
  if (status === null || hasEnded(status)) return expected ? quickMs : false;
  if (sandbox || sinceChangeMs < quickForMs) return quickMs;
  return status === 'pending' ? 30_000 : 10_000;
}
