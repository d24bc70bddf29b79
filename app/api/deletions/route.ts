import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { routeHandlers } from '@/app/_server/route-handlers';
import { operations } from '@/lib/api/rules/catalogue.ts';
import { listReceipts } from '@/lib/deletions/receipts.ts';

export const { GET, POST, PUT, PATCH, DELETE } = routeHandlers({
  GET: creatorEndpoint(operations.listDeletions, async (ctx) => ({
    deletions: await listReceipts(ctx.user.id),
  })),
});
