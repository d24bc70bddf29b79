import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { creatorEndpoint, readJson } from '@/app/_server/creator-endpoint';
import { parseInput } from '@/app/_server/parse-input';
import { creatorContext } from '@/lib/context.ts';
import { previewPrice } from '@/lib/lora/preview-price.ts';
import { defaultBaseModel } from '@/lib/lora/rules/base-models.ts';
import { characterIdSchema, startTrainingSchema } from '@/lib/lora/rules/schemas.ts';
import { startTraining } from '@/lib/lora/start-training.ts';

/**
 * The specification's request; `expectedCredits` and `consent` may be added. Without
 * `expectedCredits` the price of this moment is agreed to.
 */
const bodySchema = startTrainingSchema
  .omit({ characterId: true, requestId: true })
  .partial({ expectedCredits: true, baseModel: true })
  .extend({ isRetrain: z.boolean().optional() });

export const POST = creatorEndpoint<{ id: string }>(async (user, { id }, request) => {
  const { characterId } = parseInput(characterIdSchema, { characterId: id });
  const body = parseInput(bodySchema, await readJson(request));
  const { isRetrain: _, baseModel = defaultBaseModel, ...rest } = body;
  const requestId = request.headers.get('idempotency-key') ?? randomUUID();
  const ctx = creatorContext(user.id);
  const expectedCredits =
    rest.expectedCredits ??
    (await previewPrice(ctx, { characterId, baseModel, imageCount: rest.imageIds.length }));
  const input = parseInput(startTrainingSchema, {
    ...rest,
    baseModel,
    expectedCredits,
    characterId,
    requestId,
  });
  return Response.json(await startTraining(ctx, input), { status: 201 });
});
