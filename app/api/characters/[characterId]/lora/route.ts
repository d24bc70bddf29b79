import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { routeHandlers } from '@/app/_server/route-handlers';
import { operations } from '@/lib/api/rules/catalogue.ts';
import { getLoraModel } from '@/lib/lora/list-lora-models.ts';

export const { GET, POST, PUT, PATCH, DELETE } = routeHandlers({
  GET: creatorEndpoint(operations.getCharacterLora, async (ctx, { params }) => ({
    lora: await getLoraModel(ctx.user.id, params.characterId),
  })),
});
