import { db } from '../db.ts';
import { env } from '../env.ts';
import type { BaseModelId } from './rules/base-models.ts';
import { type Estimate, estimateTraining, historyNeeded } from './rules/estimate.ts';

/**
 * How long a training of this base model takes, from our last 100 real ones (D9). The sandbox's
 * own times are never mixed in; while it is plugged in, its pace is the estimate.
 */
export async function estimateFor(baseModel: BaseModelId): Promise<Estimate> {
  if (env().GPU_PROVIDER === 'sandbox') {
    const seconds = env().SANDBOX_TRAINING_SECONDS;
    return { fromSeconds: seconds, toSeconds: Math.ceil(seconds * 1.5) + 5 };
  }
  const past = await db().loraModel.findMany({
    where: {
      baseModel,
      status: 'ready',
      externalProvider: { not: 'sandbox' },
      startedBy: { not: 'trial' },
    },
    orderBy: { trainingCompletedAt: 'desc' },
    take: Math.max(100, historyNeeded),
    select: { trainingDurationMs: true },
  });
  return estimateTraining(
    baseModel,
    past.flatMap(({ trainingDurationMs }) => trainingDurationMs ?? []),
  );
}
