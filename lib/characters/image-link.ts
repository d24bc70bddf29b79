import { db } from '../db.ts';
import { demand } from '../errors.ts';
import { imageDisplayKey, imageThumbnailKey } from '../storage/keys.ts';
import { store } from '../storage/store.ts';

const linkSeconds = 300;
const keyOf = { thumb: imageThumbnailKey, full: imageDisplayKey };

/**
 * A link to a ready image's picture that works for five minutes, for anybody who holds it.
 * NOT_FOUND for anybody else's image and for one that is not ready.
 */
export async function imageLink(
  userId: string,
  imageId: string,
  size: 'thumb' | 'full',
): Promise<{ url: string; expiresInSeconds: number }> {
  const image = await db().characterImage.findFirst({
    where: { id: imageId, userId, state: 'ready' },
    select: { characterId: true },
  });
  demand(image, 'NOT_FOUND');
  const url = await store().presignGet(keyOf[size](image.characterId, imageId), {
    expiresInSeconds: linkSeconds,
    contentType: 'image/webp',
  });
  return { url, expiresInSeconds: linkSeconds };
}
