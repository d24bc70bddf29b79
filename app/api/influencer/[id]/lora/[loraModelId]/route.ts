import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { routeHandlers } from '@/app/_server/route-handlers';
import { operations } from '@/lib/api/rules/catalogue.ts';
import { getTraining } from '@/lib/lora/list-trainings.ts';

export const { GET, POST, PUT, PATCH, DELETE } = routeHandlers({
  GET: creatorEndpoint(operations.getTraining, (ctx, { params: { id, loraModelId } }) =>
    getTraining(ctx.user.id, { characterId: id, loraModelId }),
  ),
});
