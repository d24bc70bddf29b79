import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { routeHandlers } from '@/app/_server/route-handlers';
import { operations } from '@/lib/api/rules/catalogue.ts';
import { deleteCharacter } from '@/lib/characters/delete-character.ts';
import { getCharacter } from '@/lib/characters/get-character.ts';
import { saveCharacter } from '@/lib/characters/save-character.ts';
import { getReceipt } from '@/lib/deletions/receipts.ts';

export const { GET, POST, PUT, PATCH, DELETE } = routeHandlers({
  GET: creatorEndpoint(operations.getInfluencer, (ctx, { params }) =>
    getCharacter(ctx.user.id, params.id),
  ),
  PATCH: creatorEndpoint(operations.changeInfluencer, async (ctx, { params, body }) => {
    await saveCharacter(ctx, { ...body, characterId: params.id });
    return getCharacter(ctx.user.id, params.id);
  }),
  DELETE: creatorEndpoint(operations.deleteInfluencer, async (ctx, { params }) => {
    const { deletionId } = await deleteCharacter(ctx, { characterId: params.id });
    return getReceipt(ctx.user.id, deletionId);
  }),
});
