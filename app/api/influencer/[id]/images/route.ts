import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { routeHandlers } from '@/app/_server/route-handlers';
import { operations } from '@/lib/api/rules/catalogue.ts';
import { listImages } from '@/lib/characters/list-images.ts';
import { requestUpload } from '@/lib/characters/request-upload.ts';

export const { GET, POST, PUT, PATCH, DELETE } = routeHandlers({
  GET: creatorEndpoint(operations.listImages, async (ctx, { params }) => ({
    images: await listImages(ctx.user.id, params.id),
  })),
  POST: creatorEndpoint(operations.requestUpload, (ctx, { params, body }) =>
    requestUpload(ctx, { ...body, characterId: params.id }, ctx.requestId),
  ),
});
