import { type BaseModelId, baseModels } from './base-models.ts';

/** How long a training takes, as a range in seconds; never a single promise (D9). */
export interface Estimate {
  fromSeconds: number;
  toSeconds: number;
}

/** How many finished trainings of a base model it takes before our own history speaks (D9). */
export const historyNeeded = 20;

/** D9: the registry's range, until 20 trainings exist; then their median to 90th percentile. */
export function estimateTraining(
  baseModel: BaseModelId,
  pastDurationsMs: readonly number[],
): Estimate {
  const { from, to } = baseModels[baseModel].estimateMinutes;
  if (pastDurationsMs.length < historyNeeded) {
    return { fromSeconds: from * 60, toSeconds: to * 60 };
  }
  const sorted = [...pastDurationsMs].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  return { fromSeconds: Math.round(at(0.5) / 1_000), toSeconds: Math.round(at(0.9) / 1_000) };
}

/**
 * What is left of a running training, from the provider's own pace. A range, because a pace is a
 * guess; null before the first step.
 */
export function timeLeft(progress: {
  step: number;
  totalSteps: number;
  secondsPerStep: number | null;
}): Estimate | null {
  if (progress.secondsPerStep === null || progress.step <= 0) return null;
  const seconds = Math.max(0, progress.totalSteps - progress.step) * progress.secondsPerStep;
  return { fromSeconds: Math.round(seconds), toSeconds: Math.round(seconds * 1.4 + 10) };
}
