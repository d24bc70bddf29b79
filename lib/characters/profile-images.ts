import { createHash } from 'node:crypto';
import type { Character } from '../../prisma/client/client.ts';
import type { Tx } from '../db.ts';
import { numberImages } from './number-images.ts';
import { profileScenes } from './rules/profile-scenes.ts';

/**
 * The id of the character's generated picture `index`. It is made from both, so the database itself
 * lets each picture be made once.
 */
export function profileImageId(characterId: string, index: number): string {
  const hex = createHash('sha256').update(`profile-set:${characterId}:${index}`).digest('hex');
  // Version 8: an id of one's own making (RFC 9562).
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

/** Makes room for those pictures of the set that have none yet. The caller holds the character. */
export async function addProfileImages(
  tx: Tx,
  character: Pick<Character, 'id' | 'userId'>,
  now: Date,
): Promise<void> {
  const wanted = profileScenes.map((_, index) => ({
    id: profileImageId(character.id, index),
    fileName: `profile-${index + 1}.webp`,
  }));
  const present = await tx.characterImage.findMany({
    where: { id: { in: wanted.map(({ id }) => id) } },
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
