import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { routeHandlers } from '@/app/_server/route-handlers';
import { operations } from '@/lib/api/rules/catalogue.ts';
import { giveFeedback } from '@/lib/lora/give-feedback.ts';
import { getTraining } from '@/lib/lora/list-trainings.ts';

export const { GET, POST, PUT, PATCH, DELETE } = routeHandlers({
  PUT: creatorEndpoint(operations.giveFeedback, async (ctx, { params, body }) => {
    const { id: characterId, loraModelId } = params;
    await giveFeedback(ctx, { loraModelId, ...body });
    return getTraining(ctx.user.id, { characterId, loraModelId });
  }),
});
