import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { parseInput } from '@/app/_server/parse-input';
import { creatorContext } from '@/lib/context.ts';
import { cancelTraining } from '@/lib/lora/cancel-training.ts';
import { getTrainingStatus } from '@/lib/lora/get-training-status.ts';
import { characterIdSchema, trainingIdSchema } from '@/lib/lora/rules/schemas.ts';

export const POST = creatorEndpoint<{ id: string; loraModelId: string }>(async (user, params) => {
  const { characterId } = parseInput(characterIdSchema, { characterId: params.id });
  const { loraModelId } = parseInput(trainingIdSchema, { loraModelId: params.loraModelId });
  await cancelTraining(creatorContext(user.id), { loraModelId });
  return getTrainingStatus(user.id, characterId);
});
