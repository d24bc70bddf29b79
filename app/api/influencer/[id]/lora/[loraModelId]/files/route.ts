import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { routeHandlers } from '@/app/_server/route-handlers';
import { operations } from '@/lib/api/rules/catalogue.ts';
import { listLoraFiles } from '@/lib/lora/link-lora-file.ts';

export const { GET, POST, PUT, PATCH, DELETE } = routeHandlers({
  GET: creatorEndpoint(operations.listLoraFiles, async (ctx, { params: { id, loraModelId } }) => ({
    files: await listLoraFiles(ctx.user.id, { characterId: id, loraModelId }),
  })),
});
