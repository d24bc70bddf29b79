import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { routeHandlers } from '@/app/_server/route-handlers';
import { operations } from '@/lib/api/rules/catalogue.ts';
import { defaultBaseModel } from '@/lib/lora/rules/base-models.ts';
import { quoteTraining } from '@/lib/lora/rules/pricing.ts';

export const { GET, POST, PUT, PATCH, DELETE } = routeHandlers({
  GET: creatorEndpoint(
    operations.getCharacterLoraTrainingCost,
    async (_, { query: { baseModel = defaultBaseModel, imageCount } }) => ({
      baseModel,
      ...quoteTraining(baseModel, imageCount),
    }),
  ),
});
