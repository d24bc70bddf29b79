import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { routeHandlers } from '@/app/_server/route-handlers';
import { operations } from '@/lib/api/rules/catalogue.ts';
import { getTrainingStatus } from '@/lib/lora/get-training-status.ts';

export const { GET, POST, PUT, PATCH, DELETE } = routeHandlers({
  /** Asked every second or so while a training is new: one query. */
  GET: creatorEndpoint(operations.getLoraStatus, (ctx, { params }) =>
    getTrainingStatus(ctx.user.id, params.id),
  ),
});
