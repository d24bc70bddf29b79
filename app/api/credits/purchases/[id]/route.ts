import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { routeHandlers } from '@/app/_server/route-handlers';
import { operations } from '@/lib/api/rules/catalogue.ts';
import { getPurchase } from '@/lib/credits/list-purchases.ts';

export const { GET, POST, PUT, PATCH, DELETE } = routeHandlers({
  GET: creatorEndpoint(operations.getPurchase, (ctx, { params }) =>
    getPurchase(ctx.user.id, params.id),
  ),
});
