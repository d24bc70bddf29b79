import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { routeHandlers } from '@/app/_server/route-handlers';
import { operations } from '@/lib/api/rules/catalogue.ts';
import { listCreditLines } from '@/lib/credits/list-lines.ts';

export const { GET, POST, PUT, PATCH, DELETE } = routeHandlers({
  GET: creatorEndpoint(operations.listCreditLines, (ctx, { query: { before, ...filter } }) =>
    listCreditLines(ctx.user.id, { filter, before }),
  ),
});
