import type { CreatorContext } from '../context.ts';
import { db } from '../db.ts';
import { demand } from '../errors.ts';
import type { SaveCaption } from './rules/schemas.ts';

/**
 * Sets the words a ready image is trained with; empty goes back to the ones we make (decisions,
 * "Captions"). Trainings that have started keep theirs. Refuses NOT_FOUND.
 */
export async function saveCaption(ctx: CreatorContext, input: SaveCaption): Promise<void> {
  const { count } = await db().characterImage.updateMany({
    where: { id: input.imageId, userId: ctx.actor.userId, state: 'ready' },
    data: { caption: input.caption || null },
  });
  demand(count === 1, 'NOT_FOUND');
}
