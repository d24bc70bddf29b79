import type { CreatorContext } from '../context.ts';
import { db, inTransaction, isUniqueViolation } from '../db.ts';
import { DomainError, demand } from '../errors.ts';
import { enqueue, openQueue } from '../jobs/queue.ts';
import { hiddenRejections } from './image-view.ts';
import { undoKeptMs } from './rules/undo.ts';

/**
 * Brings a deleted image back as it was, heart included, while the way back is open. Asking again is
 * fine. Refuses NOT_FOUND (too late, too) and ALREADY_HERE: the same picture came in again since.
 */
export async function restoreImage(
  ctx: CreatorContext,
  { imageId }: { imageId: string },
): Promise<void> {
  const { userId } = ctx.actor;
  const image = await db().characterImage.findFirst({ where: { id: imageId, userId } });
  demand(image, 'NOT_FOUND');
  const { characterId } = image;
  await openQueue();
  try {
    await inTransaction(async (tx) => {
      // The sweep takes `removed_at` away before it clears the objects: one of us wins.
      const restored = await tx.$executeRaw`
        UPDATE character_images
           SET state = 'ready', rejection = NULL, rejection_details = NULL, removed_at = NULL,
               liked_at = (rejection_details ->> 'likedAt')::timestamptz
         WHERE id = ${imageId}::uuid AND rejection = ${hiddenRejections.removed}
           AND removed_at >= ${new Date(ctx.now.getTime() - undoKeptMs)}`;
      if (restored === 1) return enqueue(tx, 'lora.suggest-retrain', { characterId });
      const isBack = await tx.characterImage.count({ where: { id: imageId, state: 'ready' } });
      demand(isBack === 1, 'NOT_FOUND');
    });
  } catch (error) {
    if (!isUniqueViolation(error, 'character_images_one_of_each')) throw error;
    const other = await db().characterImage.findFirst({
      where: { characterId, sha256: image.sha256, state: 'ready' },
      select: { id: true, number: true },
    });
    throw new DomainError('ALREADY_HERE', {
      ofImageId: other?.id ?? '',
      ofNumber: other?.number ?? 0,
    });
  }
}
