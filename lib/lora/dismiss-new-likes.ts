import { lockCharacter } from '../characters/lock-character.ts';
import type { CreatorContext } from '../context.ts';
import { inTransaction, type Tx } from '../db.ts';

/**
 * Waves the news of new liked images away: banner, badge and notice. What is liked afterwards is
 * news again (AC-5). A repeat changes nothing. NOT_FOUND for anybody else's character.
 */
export async function dismissNewLikes(
  ctx: CreatorContext,
  input: { characterId: string },
): Promise<void> {
  await inTransaction(async (tx) => {
    const character = await lockCharacter(tx, ctx.actor.userId, input.characterId);
    await forgetNewLikes(tx, character, ctx.now);
  });
}

/** The same inside a verb that holds the character: starting a training answers the news. */
export async function forgetNewLikes(
  tx: Tx,
  character: { id: string; userId: string },
  now: Date,
): Promise<void> {
  await tx.character.update({
    where: { id: character.id },
    data: { newLikesDismissedAt: now },
  });
  const models = await tx.loraModel.findMany({
    where: { characterId: character.id, status: 'ready' },
    select: { id: true },
  });
  await tx.notification.updateMany({
    where: {
      userId: character.userId,
      type: 'lora.retrain.available',
      subjectId: { in: models.map(({ id }) => id) },
      dismissedAt: null,
    },
    data: { dismissedAt: now },
  });
}
