import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { routeHandlers } from '@/app/_server/route-handlers';
import { operations } from '@/lib/api/rules/catalogue.ts';
import { finishUpload } from '@/lib/characters/finish-upload.ts';

export const { GET, POST, PUT, PATCH, DELETE } = routeHandlers({
  POST: creatorEndpoint(operations.finishUpload, (ctx, { params }) =>
    finishUpload(ctx, { imageId: params.id }),
  ),
});
