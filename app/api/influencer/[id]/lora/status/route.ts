import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { parseInput } from '@/app/_server/parse-input';
import { getTrainingStatus } from '@/lib/lora/get-training-status.ts';
import { characterIdSchema } from '@/lib/lora/rules/schemas.ts';

export const GET = creatorEndpoint<{ id: string }>(async (user, { id }) => {
  const { characterId } = parseInput(characterIdSchema, { characterId: id });
  return getTrainingStatus(user.id, characterId);
});
