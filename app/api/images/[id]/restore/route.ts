import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { routeHandlers } from '@/app/_server/route-handlers';
import { operations } from '@/lib/api/rules/catalogue.ts';
import { restoreImage } from '@/lib/characters/restore-image.ts';

export const { GET, POST, PUT, PATCH, DELETE } = routeHandlers({
  POST: creatorEndpoint(operations.restoreImage, async (ctx, { params }) => {
    await restoreImage(ctx, { imageId: params.id });
  }),
});
