import type { CreatorContext } from '../context.ts';
import { db } from '../db.ts';
import { demand } from '../errors.ts';
import { findFreeRetry } from './free-retry.ts';
import type { BaseModelId } from './rules/base-models.ts';
import { type Quote, quoteTraining } from './rules/pricing.ts';

export interface PricePreview extends Quote {
  baseModel: BaseModelId;
  /** A free retry pays for it (D8): the total is 0. */
  freeRetry: boolean;
}

/**
 * What such a training would cost this creator now, and how the sum is made. NOT_FOUND for anybody
 * else's character.
 */
export async function previewPrice(
  ctx: CreatorContext,
  input: { characterId: string; baseModel: BaseModelId; imageCount: number },
): Promise<PricePreview> {
  const { baseModel, imageCount } = input;
  const own = { id: input.characterId, userId: ctx.actor.userId };
  demand(await db().character.findFirst({ where: own, select: { id: true } }), 'NOT_FOUND');
  const freeRetry = (await findFreeRetry(db(), { ...input, now: ctx.now })) !== null;
  const quote = quoteTraining(baseModel, imageCount);
  return {
    baseModel,
    freeRetry,
    ...quote,
    totalCredits: freeRetry ? 0 : quote.totalCredits,
  };
}
