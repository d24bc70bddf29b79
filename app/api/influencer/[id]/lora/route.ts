import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { routeHandlers } from '@/app/_server/route-handlers';
import { operations } from '@/lib/api/rules/catalogue.ts';
import { listTrainings } from '@/lib/lora/list-trainings.ts';

export const { GET, POST, PUT, PATCH, DELETE } = routeHandlers({
  GET: creatorEndpoint(operations.listTrainings, (ctx, { params, query }) =>
    listTrainings(ctx.user.id, { characterId: params.id, ...query }),
  ),
});
