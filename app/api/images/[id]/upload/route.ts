import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { routeHandlers } from '@/app/_server/route-handlers';
import { operations } from '@/lib/api/rules/catalogue.ts';
import { giveUpUpload } from '@/lib/characters/give-up-upload.ts';
import { requestParts } from '@/lib/characters/request-parts.ts';

export const { GET, POST, PUT, PATCH, DELETE } = routeHandlers({
  POST: creatorEndpoint(operations.requestParts, (ctx, { params, body }) =>
    requestParts(ctx, { ...body, imageId: params.id }),
  ),
  DELETE: creatorEndpoint(operations.giveUpUpload, async (ctx, { params }) => {
    await giveUpUpload(ctx, { imageId: params.id });
  }),
});
