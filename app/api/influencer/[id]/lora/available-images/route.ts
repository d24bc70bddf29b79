import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { parseInput } from '@/app/_server/parse-input';
import { getTrainingPanel } from '@/lib/lora/get-training-panel.ts';
import { characterIdSchema } from '@/lib/lora/rules/schemas.ts';
import { minImages } from '@/lib/lora/rules/selection.ts';

export const GET = creatorEndpoint<{ id: string }>(async (user, { id }) => {
  const { characterId } = parseInput(characterIdSchema, { characterId: id });
  const { images } = await getTrainingPanel(user.id, characterId);
  return {
    profileSetImages: images
      .filter(({ inProfileSet }) => inProfileSet)
      .map(({ id: imageId, url, thumbnailUrl, liked }) => ({
        id: imageId,
        url,
        thumbnailUrl,
        liked,
      })),
    likedImages: images
      .filter(({ liked }) => liked)
      .map(({ id: imageId, url, thumbnailUrl }) => ({ id: imageId, url, thumbnailUrl })),
    totalCount: images.length,
    canTrain: images.length >= minImages,
  };
});
