import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { parseInput } from '@/app/_server/parse-input';
import { formatCount } from '@/lib/format.ts';
import { getTrainingPanel } from '@/lib/lora/get-training-panel.ts';
import { characterIdSchema } from '@/lib/lora/rules/schemas.ts';

export const GET = creatorEndpoint<{ id: string }>(async (user, { id }) => {
  const { characterId } = parseInput(characterIdSchema, { characterId: id });
  const panel = await getTrainingPanel(user.id, characterId);
  const count = panel.newLikedImageCount;
  return {
    hasNewLikedImages: count > 0,
    newLikedImageCount: count,
    ...(panel.lastTrainingDate && { lastTrainingDate: panel.lastTrainingDate }),
    suggestion:
      count > 0
        ? `You have ${formatCount(count, 'new liked image')}. Retrain for better quality.`
        : 'Your model knows all your liked images.',
  };
});
