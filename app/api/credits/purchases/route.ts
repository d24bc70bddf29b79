import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { routeHandlers } from '@/app/_server/route-handlers';
import { operations } from '@/lib/api/rules/catalogue.ts';
import { buyCredits } from '@/lib/credits/buy-credits.ts';

export const { GET, POST, PUT, PATCH, DELETE } = routeHandlers({
  POST: creatorEndpoint(operations.buyCredits, (ctx, { body }) =>
    buyCredits(ctx, { ...body, requestId: ctx.requestId }),
  ),
});
