import type { CreatorContext } from '../context.ts';
import { db, inTransaction } from '../db.ts';
import { DomainError, demand } from '../errors.ts';
import { openStatuses } from '../lora/rules/lifecycle.ts';
import { clearAway } from './clear-away.ts';
import { hiddenRejections, shownImages } from './image-view.ts';
import { lockCharacter } from './lock-character.ts';

/**
 * Removes an image with its objects. From the first write on it is gone for its owner; what a crash
 * leaves behind the sweep clears. Refuses NOT_FOUND (also when it is gone already) and, while a
 * training that contains it is open, TRAINING_OPEN: its GPU may still fetch the picture.
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
  await inTransaction(async (tx) => {
    // A training freezes its images under the same lock.
    await lockCharacter(tx, userId, image.characterId);
    const training = await tx.loraModel.findFirst({
      where: {
        characterId: image.characterId,
        status: { in: [...openStatuses] },
        imageManifest: { array_contains: [{ imageId }] },
      },
      select: { id: true },
    });
    if (training) throw new DomainError('TRAINING_OPEN', { loraModelId: training.id });
    const { count } = await tx.characterImage.updateMany({
      where: { id: imageId, ...shownImages },
      data: { state: 'rejected', rejection: hiddenRejections.removed, likedAt: null },
    });
    demand(count === 1, 'NOT_FOUND');
  });
  await clearAway(image);
}
