import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { routeHandlers } from '@/app/_server/route-handlers';
import { operations } from '@/lib/api/rules/catalogue.ts';
import { completeProfileSet } from '@/lib/characters/complete-profile-set.ts';

export const { GET, POST, PUT, PATCH, DELETE } = routeHandlers({
  POST: creatorEndpoint(operations.completeProfileSet, (ctx, { params, body }) =>
    completeProfileSet(ctx, { ...body, characterId: params.id }),
  ),
});
