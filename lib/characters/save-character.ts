import type { CreatorContext } from '../context.ts';
import { db } from '../db.ts';
import { demand } from '../errors.ts';
import type { SaveCharacter } from './rules/schemas.ts';

/** Changes an influencer's name and look. The trigger word stays: models were taught with it. */
export async function saveCharacter(ctx: CreatorContext, input: SaveCharacter): Promise<void> {
  const { characterId, name, look } = input;
  const { count } = await db().character.updateMany({
    where: { id: characterId, userId: ctx.actor.userId },
    data: { name, look },
  });
  demand(count === 1, 'NOT_FOUND');
}
