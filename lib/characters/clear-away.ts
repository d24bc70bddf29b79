import type { CharacterImage } from '../../prisma/client/client.ts';
import { db } from '../db.ts';
import { imageDisplayKey, imageThumbnailKey, incomingImageKey } from '../storage/keys.ts';
import { store } from '../storage/store.ts';

/** Removes an image's objects and then its row, so that a crash leaves a row to start over from. */
export async function clearAway(
  image: Pick<CharacterImage, 'id' | 'characterId' | 'userId'>,
): Promise<void> {
  await store().remove([
    incomingImageKey(image.userId, image.id),
    imageDisplayKey(image.characterId, image.id),
    imageThumbnailKey(image.characterId, image.id),
  ]);
  await db().characterImage.deleteMany({ where: { id: image.id } });
}
