import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { onTo } from '@/app/_server/on-to';
import { routeHandlers } from '@/app/_server/route-handlers';
import { operations } from '@/lib/api/rules/catalogue.ts';
import { linkLoraFile } from '@/lib/lora/link-lora-file.ts';

export const { GET, POST, PUT, PATCH, DELETE } = routeHandlers({
  GET: creatorEndpoint(operations.downloadLora, async (ctx, { params, query }) => {
    const { id: characterId, loraModelId } = params;
    const { role = 'main' } = query;
    return onTo(await linkLoraFile(ctx.user.id, { characterId, loraModelId, role }));
  }),
});
