import type { Tx } from '../db.ts';

/**
 * Gives out the character's next `count` frame numbers and returns the first of them. A number is
 * never given twice, also not after its image was removed. The caller holds the character's row.
 */
export async function numberImages(tx: Tx, characterId: string, count: number): Promise<number> {
  const { lastImageNumber } = await tx.character.update({
    where: { id: characterId },
    data: { lastImageNumber: { increment: count } },
    select: { lastImageNumber: true },
  });
  return lastImageNumber - count + 1;
}
