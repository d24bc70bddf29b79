import type { CreatorContext } from '../context.ts';
import { db } from '../db.ts';
import { demand } from '../errors.ts';
import type { LikeImage } from './rules/schemas.ts';

/**
 * Likes or unlikes a ready image. The last press wins; liking twice keeps the first moment.
 * Refuses NOT_FOUND, also for an image that is not ready.
 */
export async function likeImage(
  ctx: CreatorContext,
  { imageId, liked }: LikeImage,
): Promise<{ imageId: string; liked: boolean }> {
  const own = { id: imageId, userId: ctx.actor.userId, state: 'ready' } as const;
  const { count } = await db().characterImage.updateMany({
    where: { ...own, likedAt: liked ? null : { not: null } },
    data: { likedAt: liked ? ctx.now : null },
  });
  demand(count === 1 || (await db().characterImage.count({ where: own })) === 1, 'NOT_FOUND');
  return { imageId, liked };
}
