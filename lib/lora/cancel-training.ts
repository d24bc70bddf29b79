import type { CreatorContext } from '../context.ts';
import { inTransaction } from '../db.ts';
import { demand } from '../errors.ts';
import { enqueue, openQueue } from '../jobs/queue.ts';
import { openStatuses } from './rules/lifecycle.ts';

/**
 * Asks for a pending or running training to be cancelled; the credits come back when it has
 * stopped (decisions, "Cancel"). A result that is finished by then wins: the training is `ready`
 * and charged. Asking twice is asking once. Refuses NOT_FOUND and TRAINING_ENDED.
 */
export async function cancelTraining(
  ctx: CreatorContext,
  input: { loraModelId: string },
): Promise<void> {
  await openQueue();
  await inTransaction(async (tx) => {
    const mine = { id: input.loraModelId, userId: ctx.actor.userId };
    const training = await tx.loraModel.findFirst({
      where: mine,
      include: { attempts: { where: { state: { not: 'ended' } } } },
    });
    demand(training, 'NOT_FOUND');
    // Attempts before the training, in the order in which an observation writes them: no deadlock.
    for (const attempt of training.attempts) {
      await tx.trainingAttempt.update({
        where: { id: attempt.id },
        data: { nextCheckAt: ctx.now },
      });
      const job = attempt.state === 'submitting' ? 'lora.attempt.submit' : 'lora.attempt.observe';
      await enqueue(tx, job, { attemptId: attempt.id });
    }
    const { count } = await tx.loraModel.updateMany({
      where: { ...mine, status: { in: [...openStatuses] } },
      data: { cancelRequestedAt: training.cancelRequestedAt ?? ctx.now },
    });
    demand(count === 1, 'TRAINING_ENDED', { status: training.status });
  });
}
