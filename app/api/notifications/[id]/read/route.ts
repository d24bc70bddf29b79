import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { routeHandlers } from '@/app/_server/route-handlers';
import { operations } from '@/lib/api/rules/catalogue.ts';
import { markNotification } from '@/lib/notifications/inbox.ts';

export const { GET, POST, PUT, PATCH, DELETE } = routeHandlers({
  POST: creatorEndpoint(operations.markNotification, (ctx, { params, body }) =>
    markNotification(ctx, { ...body, notificationId: params.id }),
  ),
});
