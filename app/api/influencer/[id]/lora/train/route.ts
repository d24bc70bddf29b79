import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { routeHandlers } from '@/app/_server/route-handlers';
import { trainLora } from '@/app/_server/train-lora';
import { operations } from '@/lib/api/rules/catalogue.ts';

export const { GET, POST, PUT, PATCH, DELETE } = routeHandlers({
  POST: creatorEndpoint(operations.trainLora, (ctx, { params, body }) =>
    trainLora(ctx, { ...body, characterId: params.id }),
  ),
});
