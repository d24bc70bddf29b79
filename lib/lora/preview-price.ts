import type { CreatorContext } from '../context.ts';
import { db } from '../db.ts';
import { findFreeRetry } from './free-retry.ts';
import type { BaseModelId } from './rules/base-models.ts';
import { quoteTraining } from './rules/pricing.ts';

/** What such a training would cost this creator now, in credits: 0 when a free retry pays for it. */
export async function previewPrice(
  ctx: CreatorContext,
  input: { characterId: string; baseModel: BaseModelId; imageCount: number },
): Promise<number> {
  const mine = await db().character.findFirst({
    where: { id: input.characterId, userId: ctx.actor.userId },
    select: { id: true },
  });
  const free = mine && (await findFreeRetry(db(), { ...input, now: ctx.now }));
  return free ? 0 : quoteTraining(input.baseModel, input.imageCount).totalCredits;
}
