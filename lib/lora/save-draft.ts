import type { CreatorContext } from '../context.ts';
import { db } from '../db.ts';
import { DomainError } from '../errors.ts';
import type { SaveDraft } from './rules/schemas.ts';

/** Keeps what the creator has chosen so far, so that any device shows the same (AC-1). */
export async function saveDraft(ctx: CreatorContext, input: SaveDraft): Promise<void> {
  const { count } = await db().character.updateMany({
    where: { id: input.characterId, userId: ctx.actor.userId },
    data: {
      ...(input.baseModel && { draftBaseModel: input.baseModel }),
      ...(input.imageIds && { draftImageIds: input.imageIds }),
    },
  });
  if (count === 0) throw new DomainError('NOT_FOUND');
}
