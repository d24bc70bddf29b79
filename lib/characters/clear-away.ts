import type { CharacterImage } from '../../prisma/client/client.ts';
import { db } from '../db.ts';
import { imageDisplayKey, imageThumbnailKey, incomingImageKey } from '../storage/keys.ts';
import { store } from '../storage/store.ts';

/**
 * Removes an image's objects and the parts of an upload that was not finished, and then its row, so
 * that a crash leaves a row to start over from.
 */
export async function clearAway(
  image: Pick<CharacterImage, 'id' | 'characterId' | 'uploadId'> & { userId: string },
): Promise<void> {
  const incoming = incomingImageKey(image.userId, image.id);
  if (image.uploadId) await store().abortUpload(incoming, image.uploadId);
  await store().remove([
    incoming,
    imageDisplayKey(image.characterId, image.id),
    imageThumbnailKey(image.characterId, image.id),
  ]);
  await db().characterImage.deleteMany({ where: { id: image.id } });
}
