import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { routeHandlers } from '@/app/_server/route-handlers';
import { operations } from '@/lib/api/rules/catalogue.ts';
import { cancelTraining } from '@/lib/lora/cancel-training.ts';
import { getTrainingStatus } from '@/lib/lora/get-training-status.ts';
import { getTraining } from '@/lib/lora/list-trainings.ts';

export const { GET, POST, PUT, PATCH, DELETE } = routeHandlers({
  POST: creatorEndpoint(operations.cancelTraining, async (ctx, { params: { id, loraModelId } }) => {
    // A training of another influencer of theirs is not at this address.
    await getTraining(ctx.user.id, { characterId: id, loraModelId });
    await cancelTraining(ctx, { loraModelId });
    return getTrainingStatus(ctx.user.id, id);
  }),
});
