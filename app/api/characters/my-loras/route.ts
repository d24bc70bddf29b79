import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { routeHandlers } from '@/app/_server/route-handlers';
import { operations } from '@/lib/api/rules/catalogue.ts';
import { listLoraModels } from '@/lib/lora/list-lora-models.ts';

export const { GET, POST, PUT, PATCH, DELETE } = routeHandlers({
  GET: creatorEndpoint(operations.listMyLoras, async (ctx) => ({
    loras: await listLoraModels(ctx.user.id),
  })),
});
