import type { CreatorContext } from '../context.ts';
import { inTransaction } from '../db.ts';
import { demand } from '../errors.ts';
import { enqueue, openQueue } from '../jobs/queue.ts';
import type { LikeImage } from './rules/schemas.ts';

/** A row of hearts is one piece of news. */
const restSeconds = 10;

/**
 * Likes or unlikes a ready image. The last press wins; liking twice keeps the first moment. What
 * changed is looked at once the creator has rested: there may be a retraining to suggest (Q4).
 * Refuses NOT_FOUND, also for an image that is not ready.
 */
export async function likeImage(
  ctx: CreatorContext,
  { imageId, liked }: LikeImage,
): Promise<{ imageId: string; liked: boolean }> {
  await openQueue();
  const own = { id: imageId, userId: ctx.actor.userId, state: 'ready' } as const;
  await inTransaction(async (tx) => {
    const [changed] = await tx.characterImage.updateManyAndReturn({
      where: { ...own, likedAt: liked ? null : { not: null } },
      data: { likedAt: liked ? ctx.now : null },
      select: { characterId: true },
    });
    if (!changed) return demand((await tx.characterImage.count({ where: own })) === 1, 'NOT_FOUND');
    const { characterId } = changed;
    await enqueue(tx, 'lora.suggest-retrain', { characterId }, { afterSeconds: restSeconds });
  });
  return { imageId, liked };
}
