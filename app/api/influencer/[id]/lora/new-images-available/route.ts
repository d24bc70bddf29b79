import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { routeHandlers } from '@/app/_server/route-handlers';
import { operations } from '@/lib/api/rules/catalogue.ts';
import { formatCount } from '@/lib/format.ts';
import { getNewLikes } from '@/lib/lora/get-new-likes.ts';

export const { GET, POST, PUT, PATCH, DELETE } = routeHandlers({
  GET: creatorEndpoint(operations.getNewImagesAvailable, async (ctx, { params }) => {
    const { count, lastTrainingDate } = await getNewLikes(ctx.user.id, params.id);
    return {
      hasNewLikedImages: count > 0,
      newLikedImageCount: count,
      ...(lastTrainingDate && { lastTrainingDate }),
      suggestion: suggest(count, lastTrainingDate !== null),
    };
  }),
});

function suggest(count: number, trained: boolean): string {
  if (count > 0) {
    return `You have ${formatCount(count, 'new liked image')}. Retrain for better quality.`;
  }
  return trained
    ? 'No liked images are new since the last training.'
    : 'There is no model yet. Train one first.';
}
