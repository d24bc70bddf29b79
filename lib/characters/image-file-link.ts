import { db } from '../db.ts';
import { demand } from '../errors.ts';
import { imageDisplayKey } from '../storage/keys.ts';
import { store } from '../storage/store.ts';

const linkSeconds = 300;

/**
 * A short-lived link that saves a ready image as `<character>-<frame number>.webp`; what the sandbox
 * drew says so in its name. NOT_FOUND for anybody else's image and for one that is not ready.
 */
export async function imageFileLink(userId: string, imageId: string): Promise<string> {
  const image = await db().characterImage.findFirst({
    where: { id: imageId, userId, state: 'ready' },
    select: {
      number: true,
      generator: true,
      characterId: true,
      character: { select: { name: true } },
    },
  });
  demand(image, 'NOT_FOUND');
  const name = [
    image.character.name.replace(/[^\p{L}\p{N} _.-]/gu, '').trim() || 'character',
    image.number,
    image.generator === 'sandbox' ? 'sandbox' : '',
  ]
    .filter(Boolean)
    .join('-');
  return store().presignGet(imageDisplayKey(image.characterId, imageId), {
    expiresInSeconds: linkSeconds,
    fileName: `${name}.webp`,
    contentType: 'image/webp',
  });
}
