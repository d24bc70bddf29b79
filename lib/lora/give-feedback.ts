import type { CreatorContext } from '../context.ts';
import { inTransaction } from '../db.ts';
import { demand } from '../errors.ts';
import type { GiveFeedback } from './rules/schemas.ts';

/**
 * Takes the creator's word on a model: whether their character looks more like themselves with it.
 * One answer a training; another one replaces it. Refuses NOT_FOUND and, where nothing came of the
 * training, NO_MODEL_YET.
 */
export async function giveFeedback(ctx: CreatorContext, input: GiveFeedback): Promise<void> {
  const { loraModelId, answer } = input;
  const { userId } = ctx.actor;
  await inTransaction(async (tx) => {
    const training = await tx.loraModel.findFirst({
      where: { id: loraModelId, userId },
      select: { status: true },
    });
    demand(training, 'NOT_FOUND');
    demand(training.status === 'ready', 'NO_MODEL_YET');
    await tx.trainingFeedback.createMany({
      data: [{ loraModelId, userId, answer, createdAt: ctx.now }],
      skipDuplicates: true,
    });
    await tx.trainingFeedback.updateMany({
      where: { loraModelId, answer: { not: answer } },
      data: { answer, createdAt: ctx.now },
    });
  });
}
