import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { routeHandlers } from '@/app/_server/route-handlers';
import { operations } from '@/lib/api/rules/catalogue.ts';
import { requestProfileSet } from '@/lib/characters/request-profile-set.ts';

export const { GET, POST, PUT, PATCH, DELETE } = routeHandlers({
  POST: creatorEndpoint(operations.generateProfileSet, async (ctx, { params }) => {
    await requestProfileSet(ctx, { characterId: params.id });
    return { characterId: params.id };
  }),
});
