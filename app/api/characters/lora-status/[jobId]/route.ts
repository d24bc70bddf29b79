import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { routeHandlers } from '@/app/_server/route-handlers';
import { operations } from '@/lib/api/rules/catalogue.ts';
import { getJobStatus } from '@/lib/lora/get-job-status.ts';

export const { GET, POST, PUT, PATCH, DELETE } = routeHandlers({
  GET: creatorEndpoint(operations.getCharacterLoraStatus, (ctx, { params }) =>
    getJobStatus(ctx.user.id, params.jobId),
  ),
});
