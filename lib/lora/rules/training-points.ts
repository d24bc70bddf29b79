/** A point on the curve of an attempt: its loss and pace at a step. */
export interface CurvePoint {
  step: number;
  loss: number | null;
  secondsPerStep: number | null;
}

/** The most points that are kept of one attempt. */
export const maxPoints = 300;
/** Into so many parts the steps of a training are divided; a part has one point. */
const parts = 250;

/**
 * Whether what a look found is worth a point, given the last one kept: the first look at a running
 * training, the last step, and in between one in each 250th of the steps. Never a step back.
 */
export function isWorthAPoint(
  last: number | null,
  seen: { step: number; totalSteps: number },
): boolean {
  if (seen.step <= 0) return false;
  if (last === null) return true;
  if (seen.step >= seen.totalSteps) return last < seen.totalSteps;
  return seen.step - last >= Math.ceil(seen.totalSteps / parts);
}
