import { db } from '../db.ts';
import { demand } from '../errors.ts';
import { paths } from '../paths.ts';
import { trainableImages } from './get-training-panel.ts';

/** The images of the user's character that can be trained on, by number (F6). NOT_FOUND for others'. */
export async function listTrainableImages(
  userId: string,
  characterId: string,
): Promise<
  { id: string; url: string; thumbnailUrl: string; liked: boolean; inProfileSet: boolean }[]
> {
  const own = { id: characterId, userId };
  demand(await db().character.findFirst({ where: own, select: { id: true } }), 'NOT_FOUND');
  const rows = await db().characterImage.findMany({
    where: trainableImages(characterId),
    orderBy: { number: 'asc' },
    select: { id: true, likedAt: true, inProfileSet: true },
  });
  return rows.map(({ id, likedAt, inProfileSet }) => ({
    id,
    url: paths.image(id, 'full'),
    thumbnailUrl: paths.image(id, 'thumb'),
    liked: likedAt !== null,
    inProfileSet,
  }));
}
