import type { CreatorContext } from '../context.ts';
import { db } from '../db.ts';
import { demand } from '../errors.ts';
import type { SaveDraft } from './rules/schemas.ts';

/**
 * Keeps what the creator has chosen so far, so that any device shows the same (AC-1). The newest save
 * wins. NOT_FOUND for anybody else's character. Returns the version that pages compare.
 */
export async function saveDraft(
  ctx: CreatorContext,
  input: SaveDraft,
): Promise<{ version: string }> {
  const [saved] = await db().character.updateManyAndReturn({
    where: { id: input.characterId, userId: ctx.actor.userId },
    data: {
      ...(input.baseModel && { draftBaseModel: input.baseModel }),
      ...(input.imageIds && { draftImageIds: input.imageIds }),
    },
    select: { updatedAt: true },
  });
  demand(saved, 'NOT_FOUND');
  return { version: saved.updatedAt.toISOString() };
}
