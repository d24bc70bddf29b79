import type { CreatorContext } from '../context.ts';
import { db } from '../db.ts';
import { DomainError } from '../errors.ts';
import type { SavePreferences } from './rules/schemas.ts';

/** Switches training and its automatic start for a character on or off (F5). */
export async function savePreferences(ctx: CreatorContext, input: SavePreferences): Promise<void> {
  const { characterId, ...preferences } = input;
  const { count } = await db().character.updateMany({
    where: { id: characterId, userId: ctx.actor.userId },
    data: preferences,
  });
  if (count === 0) throw new DomainError('NOT_FOUND');
}
