import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { routeHandlers } from '@/app/_server/route-handlers';
import { operations } from '@/lib/api/rules/catalogue.ts';
import { dismissNotification } from '@/lib/notifications/inbox.ts';

export const { GET, POST, PUT, PATCH, DELETE } = routeHandlers({
  POST: creatorEndpoint(operations.dismissNotification, (ctx, { params, body }) =>
    dismissNotification(ctx, { ...body, notificationId: params.id }),
  ),
});
