import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { routeHandlers } from '@/app/_server/route-handlers';
import { operations } from '@/lib/api/rules/catalogue.ts';
import { getTrainingRecord } from '@/lib/lora/get-training-record.ts';

export const { GET, POST, PUT, PATCH, DELETE } = routeHandlers({
  GET: creatorEndpoint(operations.getTrainingRecord, (ctx, { params: { id, loraModelId } }) =>
    getTrainingRecord(ctx.user.id, { characterId: id, loraModelId }),
  ),
});
