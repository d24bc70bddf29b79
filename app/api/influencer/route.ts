import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { routeHandlers } from '@/app/_server/route-handlers';
import { operations } from '@/lib/api/rules/catalogue.ts';
import { createCharacter } from '@/lib/characters/create-character.ts';
import { getCharacter } from '@/lib/characters/get-character.ts';
import { listCharacters } from '@/lib/characters/list-characters.ts';

export const { GET, POST, PUT, PATCH, DELETE } = routeHandlers({
  GET: creatorEndpoint(operations.listInfluencers, async (ctx) => ({
    influencers: await listCharacters(ctx.user.id),
  })),
  POST: creatorEndpoint(operations.createInfluencer, async (ctx, { body }) => {
    const { characterId } = await createCharacter(ctx, { ...body, requestId: ctx.requestId });
    return getCharacter(ctx.user.id, characterId);
  }),
});
