import type { Tx } from '../db.ts';
import { derivedId } from '../derived-id.ts';
import { hiddenRejections } from './image-view.ts';
import { numberImages } from './number-images.ts';
import { profileScenes } from './rules/profile-scenes.ts';

/**
 * The id of the character's generated picture `index`. It is made from both, so the database itself
 * lets each picture be made once.
 */
export function profileImageId(characterId: string, index: number): string {
  return derivedId(`profile-set:${characterId}:${index}`);
}

/**
 * Makes room for those pictures of the set that have none yet; one that was deleted a moment ago
 * begins anew instead of coming back. The caller holds the character.
 */
export async function addProfileImages(
  tx: Tx,
  character: { id: string; userId: string },
  now: Date,
): Promise<void> {
  const wanted = profileScenes.map((_, index) => ({
    id: profileImageId(character.id, index),
    fileName: `profile-${index + 1}.webp`,
  }));
  const ids = wanted.map(({ id }) => id);
  await tx.characterImage.deleteMany({
    where: { id: { in: ids }, rejection: hiddenRejections.removed, removedAt: { not: null } },
  });
  const present = await tx.characterImage.findMany({
    where: { id: { in: ids } },
    select: { id: true },
  });
  const missing = wanted.filter(({ id }) => !present.some((row) => row.id === id));
  if (missing.length === 0) return;
  const first = await numberImages(tx, character.id, missing.length);
  await tx.characterImage.createMany({
    data: missing.map((image, offset) => ({
      ...image,
      characterId: character.id,
      userId: character.userId,
      number: first + offset,
      source: 'generated' as const,
      createdAt: now,
    })),
  });
}
