import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { routeHandlers } from '@/app/_server/route-handlers';
import { operations } from '@/lib/api/rules/catalogue.ts';
import { generateImages } from '@/lib/studio/generate-images.ts';

export const { GET, POST, PUT, PATCH, DELETE } = routeHandlers({
  POST: creatorEndpoint(operations.generateImages, (ctx, { params, body }) =>
    generateImages(ctx, { ...body, characterId: params.id, requestId: ctx.requestId }),
  ),
});
