import type { Character } from '../../prisma/client/client.ts';
import type { Tx } from '../db.ts';
import { demand } from '../errors.ts';

/**
 * The user's character with its row locked until the transaction ends, so that two commands about
 * one character follow one another. NOT_FOUND for anybody else's.
 */
export async function lockCharacter(
  tx: Tx,
  userId: string,
  characterId: string,
): Promise<Character & { userId: string }> {
  await tx.$queryRaw`
    SELECT FROM characters WHERE id = ${characterId}::uuid AND user_id = ${userId}::uuid FOR UPDATE`;
  const character = await tx.character.findFirst({ where: { id: characterId, userId } });
  demand(character, 'NOT_FOUND');
  return { ...character, userId };
}
