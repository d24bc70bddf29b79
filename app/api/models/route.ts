import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { routeHandlers } from '@/app/_server/route-handlers';
import { operations } from '@/lib/api/rules/catalogue.ts';
import { listModels } from '@/lib/lora/get-training-panel.ts';
import { defaultBaseModel } from '@/lib/lora/rules/base-models.ts';

export const { GET, POST, PUT, PATCH, DELETE } = routeHandlers({
  GET: creatorEndpoint(operations.listModels, async () => ({
    defaultModel: defaultBaseModel,
    models: await listModels(),
  })),
});
