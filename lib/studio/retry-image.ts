import { Prisma } from '../../prisma/client/client.ts';
import { countTry } from '../accounts/limits.ts';
import { hiddenRejections } from '../characters/image-view.ts';
import { lockCharacter } from '../characters/lock-character.ts';
import type { CreatorContext } from '../context.ts';
import { db, inTransaction } from '../db.ts';
import { demand } from '../errors.ts';
import { enqueue, openQueue } from '../jobs/queue.ts';
import { imageModelIds } from '../lora/rules/base-models.ts';
import { type GalleryItem, galleryFields, galleryItem, studioPictures } from './gallery-item.ts';
import { demandRoom, takeAdapter } from './make-room.ts';

/**
 * Puts a picture that was not made back into the works, in its old place, with the adapter there is
 * now. One that is in the works again or made already is answered as it is.
 * Refuses NOT_FOUND, LICENCE_NEEDED (D14), GENERATION_BUSY, TOO_MANY_REQUESTS.
 */
export async function retryImage(
  ctx: CreatorContext,
  { imageId }: { imageId: string },
): Promise<{ image: GalleryItem }> {
  const { userId } = ctx.actor;
  await countTry('generateImages', userId);
  const own = {
    id: imageId,
    userId,
    ...studioPictures,
    OR: [{ rejection: null }, { rejection: { not: hiddenRejections.removed } }],
  };
  const found = await db().characterImage.findFirst({
    where: own,
    select: { characterId: true, baseModel: true },
  });
  const baseModel = imageModelIds.find((known) => known === found?.baseModel);
  demand(found && baseModel, 'NOT_FOUND');
  const { characterId } = found;
  await openQueue();

  const row = await inTransaction(async (tx) => {
    await lockCharacter(tx, userId, characterId);
    const image = await tx.characterImage.findFirst({ where: own, select: galleryFields });
    demand(image, 'NOT_FOUND');
    if (image.state !== 'rejected') return image;
    await demandRoom(tx, { characterId, baseModel, count: 1 });
    const adapter = await takeAdapter(tx, { characterId, baseModel, now: ctx.now });
    const again = await tx.characterImage.update({
      where: { id: imageId },
      data: {
        state: 'uploading',
        rejection: null,
        rejectionDetails: Prisma.DbNull,
        tries: 0,
        loraModelId: adapter?.loraModelId ?? null,
        createdAt: ctx.now,
      },
      select: galleryFields,
    });
    await enqueue(tx, 'studio.generate-image', { imageId });
    return again;
  });
  return { image: galleryItem(row) };
}
