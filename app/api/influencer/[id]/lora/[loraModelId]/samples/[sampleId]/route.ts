import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { onTo } from '@/app/_server/on-to';
import { routeHandlers } from '@/app/_server/route-handlers';
import { operations } from '@/lib/api/rules/catalogue.ts';
import { linkSample } from '@/lib/lora/link-sample.ts';

export const { GET, POST, PUT, PATCH, DELETE } = routeHandlers({
  GET: creatorEndpoint(operations.openSample, async (ctx, { params, query }) => {
    const { id: characterId, loraModelId, sampleId } = params;
    const sample = { characterId, loraModelId, sampleId };
    const url = await linkSample(ctx.user.id, sample, query.size ?? 'thumb');
    // Kept for less time than the link lives, so that a row of pictures does not ask at every turn.
    return onTo(url, { status: 302, cacheControl: 'private, max-age=240' });
  }),
});
