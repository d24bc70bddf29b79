import { recordAct } from '../acts/record-act.ts';
import type { CreatorContext } from '../context.ts';
import { db, inTransaction } from '../db.ts';
import { DomainError, demand } from '../errors.ts';
import { enqueue, openQueue } from '../jobs/queue.ts';
import { openStatuses } from '../lora/rules/lifecycle.ts';
import { clearAway } from './clear-away.ts';
import { hiddenRejections, shownImages } from './image-view.ts';
import { lockCharacter } from './lock-character.ts';

/**
 * Removes an image. From now on it is gone for its owner and from every choice for a training; a
 * ready one keeps its objects a moment longer, so that `restoreImage` can bring it back, then the
 * sweep clears them. Anything else goes at once with what there is of it.
 * Refuses NOT_FOUND (also when it is gone already) and, while a training that contains it is open,
 * TRAINING_OPEN: its GPU may still fetch the picture.
 */
export async function removeImage(
  ctx: CreatorContext,
  { imageId }: { imageId: string },
): Promise<void> {
  const { userId } = ctx.actor;
  const image = await db().characterImage.findFirst({
    where: { id: imageId, userId, ...shownImages },
  });
  demand(image, 'NOT_FOUND');
  await openQueue();
  const kept = await inTransaction(async (tx) => {
    // A training freezes its images under the same lock.
    await lockCharacter(tx, userId, image.characterId);
    await recordAct(tx, {
      kind: 'image.removed',
      by: ctx.actor,
      userId,
      subjectId: imageId,
      at: ctx.now,
    });
    const training = await tx.loraModel.findFirst({
      where: {
        characterId: image.characterId,
        status: { in: [...openStatuses] },
        imageManifest: { array_contains: [{ imageId }] },
      },
      select: { id: true },
    });
    if (training) throw new DomainError('TRAINING_OPEN', { loraModelId: training.id });
    // What it was is kept with it for the way back.
    const kept = await tx.$executeRaw`
      UPDATE character_images
         SET state = 'rejected', rejection = ${hiddenRejections.removed}, removed_at = ${ctx.now},
             rejection_details = jsonb_build_object('likedAt', liked_at), liked_at = NULL
       WHERE id = ${imageId}::uuid AND state = 'ready'`;
    if (kept === 1) {
      // One liked image less to be taught (Q4).
      await enqueue(tx, 'lora.suggest-retrain', { characterId: image.characterId });
      return true;
    }
    const { count } = await tx.characterImage.updateMany({
      where: { id: imageId, ...shownImages },
      data: { state: 'rejected', rejection: hiddenRejections.removed, likedAt: null },
    });
    demand(count === 1, 'NOT_FOUND');
    return false;
  });
  if (!kept) await clearAway({ ...image, userId });
}
