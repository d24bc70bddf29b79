import { db } from '../db.ts';
import { demand } from '../errors.ts';
import { type ImageView, imageView, shownImages } from './image-view.ts';

/** The images of the user's character by frame number. NOT_FOUND for anybody else's. */
export async function listImages(userId: string, characterId: string): Promise<ImageView[]> {
  const character = await db().character.findFirst({
    where: { id: characterId, userId },
    select: { images: { where: shownImages, orderBy: { number: 'asc' } } },
  });
  demand(character, 'NOT_FOUND');
  return character.images.map(imageView);
}
