import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { onTo } from '@/app/_server/on-to';
import { routeHandlers } from '@/app/_server/route-handlers';
import { operations } from '@/lib/api/rules/catalogue.ts';
import { imageLink } from '@/lib/characters/image-link.ts';
import { removeImage } from '@/lib/characters/remove-image.ts';
import { saveCaption } from '@/lib/characters/save-caption.ts';

export const { GET, POST, PUT, PATCH, DELETE } = routeHandlers({
  GET: creatorEndpoint(operations.openImage, async (ctx, { params, query }) => {
    const { url } = await imageLink(ctx.user.id, params.id, query.size ?? 'thumb');
    // Kept for less time than the link lives, so that a sheet of pictures does not ask at every turn.
    return onTo(url, { status: 302, cacheControl: 'private, max-age=240' });
  }),
  PATCH: creatorEndpoint(operations.captionImage, async (ctx, { params, body }) => {
    await saveCaption(ctx, { ...body, imageId: params.id });
    return { imageId: params.id, caption: body.caption };
  }),
  DELETE: creatorEndpoint(operations.removeImage, async (ctx, { params }) => {
    await removeImage(ctx, { imageId: params.id });
  }),
});
