import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { routeHandlers } from '@/app/_server/route-handlers';
import { operations } from '@/lib/api/rules/catalogue.ts';
import { previewPrice } from '@/lib/lora/preview-price.ts';
import { defaultBaseModel } from '@/lib/lora/rules/base-models.ts';

export const { GET, POST, PUT, PATCH, DELETE } = routeHandlers({
  GET: creatorEndpoint(operations.getLoraPrice, (ctx, { params, query }) =>
    previewPrice(ctx, { baseModel: defaultBaseModel, ...query, characterId: params.id }),
  ),
});
