import type { Context } from '../context.ts';
import type { Tx } from '../db.ts';
import type { Progress } from '../gpu/provider.ts';
import type { Claim } from './claim-attempt.ts';
import { isWorthAPoint, maxPoints } from './rules/training-points.ts';

/**
 * Puts a look at a running attempt on its curve, thinned to a few hundred points. To be called by
 * whoever holds the claim, in the transaction that commits it.
 */
export async function keepPoint(
  tx: Tx,
  ctx: Context,
  { attempt, training }: Claim,
  progress: Progress,
): Promise<void> {
  const totalSteps = progress.totalSteps ?? training.trainingSteps;
  const kept = await tx.trainingPoint.aggregate({
    where: { attemptId: attempt.id },
    _max: { step: true },
    _count: true,
  });
  // A provider that keeps raising its number of steps would raise ours.
  if (kept._count >= maxPoints) return;
  if (!isWorthAPoint(kept._max.step, { step: progress.step, totalSteps })) return;
  await tx.trainingPoint.createMany({
    data: [
      {
        attemptId: attempt.id,
        step: Math.min(progress.step, totalSteps),
        loss: progress.loss,
        secondsPerStep: progress.secondsPerStep,
        createdAt: ctx.now,
      },
    ],
    skipDuplicates: true,
  });
}
