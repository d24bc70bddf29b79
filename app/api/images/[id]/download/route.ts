import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { onTo } from '@/app/_server/on-to';
import { routeHandlers } from '@/app/_server/route-handlers';
import { operations } from '@/lib/api/rules/catalogue.ts';
import { imageFileLink } from '@/lib/characters/image-file-link.ts';

export const { GET, POST, PUT, PATCH, DELETE } = routeHandlers({
  GET: creatorEndpoint(operations.downloadImage, async (ctx, { params }) =>
    onTo(await imageFileLink(ctx.user.id, params.id)),
  ),
});
