import { conditional } from '@/app/_server/conditional';
import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { routeHandlers } from '@/app/_server/route-handlers';
import { operations } from '@/lib/api/rules/catalogue.ts';
import { dismissNotifications, getInbox } from '@/lib/notifications/inbox.ts';

export const { GET, POST, PUT, PATCH, DELETE } = routeHandlers({
  GET: conditional(
    creatorEndpoint(operations.listNotifications, (ctx, { query }) => getInbox(ctx.user.id, query)),
  ),
  PATCH: creatorEndpoint(operations.dismissNotifications, (ctx, { body }) =>
    dismissNotifications(ctx, body),
  ),
});
