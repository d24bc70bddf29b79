import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { routeHandlers } from '@/app/_server/route-handlers';
import { operations } from '@/lib/api/rules/catalogue.ts';
import { likeImage } from '@/lib/characters/like-image.ts';

export const { GET, POST, PUT, PATCH, DELETE } = routeHandlers({
  POST: creatorEndpoint(operations.likeImage, (ctx, { params, body }) =>
    likeImage(ctx, { ...body, imageId: params.id }),
  ),
});
