import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { routeHandlers } from '@/app/_server/route-handlers';
import { operations } from '@/lib/api/rules/catalogue.ts';
import { listTrainableImages } from '@/lib/lora/list-trainable-images.ts';
import { minImages } from '@/lib/lora/rules/selection.ts';

export const { GET, POST, PUT, PATCH, DELETE } = routeHandlers({
  GET: creatorEndpoint(operations.getAvailableImages, async (ctx, { params }) => {
    const images = await listTrainableImages(ctx.user.id, params.id);
    return {
      profileSetImages: images
        .filter(({ inProfileSet }) => inProfileSet)
        .map(({ id, url, thumbnailUrl, liked }) => ({ id, url, thumbnailUrl, liked })),
      likedImages: images
        .filter(({ liked }) => liked)
        .map(({ id, url, thumbnailUrl }) => ({ id, url, thumbnailUrl })),
      totalCount: images.length,
      canTrain: images.length >= minImages,
    };
  }),
});
