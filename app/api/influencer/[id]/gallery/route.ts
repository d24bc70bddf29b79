import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { routeHandlers } from '@/app/_server/route-handlers';
import { operations } from '@/lib/api/rules/catalogue.ts';
import { listGallery } from '@/lib/studio/list-gallery.ts';

export const { GET, POST, PUT, PATCH, DELETE } = routeHandlers({
  GET: creatorEndpoint(operations.listGallery, (ctx, { params, query }) =>
    listGallery(ctx.user.id, { ...query, characterId: params.id }),
  ),
});
