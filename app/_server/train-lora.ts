import { previewPrice } from '@/lib/lora/preview-price.ts';
import { type BaseModelId, defaultBaseModel } from '@/lib/lora/rules/base-models.ts';
import type { ConsentKind } from '@/lib/lora/rules/schemas.ts';
import { type StartedTraining, startTraining } from '@/lib/lora/start-training.ts';
import type { RequestContext } from './creator-endpoint';

/**
 * The specification's request, for both of its addresses (D5). Without `expectedCredits` the price of
 * this moment is agreed to; a free retry is used whether `isRetrain` is set or not.
 */
export async function trainLora(
  ctx: RequestContext,
  input: {
    characterId: string;
    baseModel?: BaseModelId;
    imageIds: string[];
    expectedCredits?: number;
    consent: ConsentKind | null;
    isRetrain?: boolean;
  },
): Promise<StartedTraining> {
  const { isRetrain: _, baseModel = defaultBaseModel, ...asked } = input;
  const { characterId } = asked;
  const imageCount = new Set(asked.imageIds).size;
  const expectedCredits =
    asked.expectedCredits ??
    (await previewPrice(ctx, { characterId, baseModel, imageCount })).totalCredits;
  return startTraining(ctx, { ...asked, baseModel, expectedCredits, requestId: ctx.requestId });
}
