import { lockCharacter } from '../characters/lock-character.ts';
import type { Context } from '../context.ts';
import { db, inTransaction } from '../db.ts';
import { notify } from '../notifications/notify.ts';
import { wordNotice } from '../notifications/rules/wording.ts';
import { readNewLikes } from './get-new-likes.ts';
import { openStatuses } from './rules/lifecycle.ts';

const type = 'lora.retrain.available';

/**
 * Tells the creator that there are liked images the model has yet to learn (Q4, AC-4): one notice a
 * model, not one a like. As long as it was not dismissed its count is kept right in place; one that
 * was dismissed stays so, and one whose images are gone is taken back. Says nothing while a training
 * is open or where the creator does not want to hear of it.
 */
export async function suggestRetrain(ctx: Context, input: { characterId: string }): Promise<void> {
  const owner = await db().character.findUnique({
    where: { id: input.characterId },
    select: { userId: true },
  });
  const userId = owner?.userId;
  if (!userId) return;
  await inTransaction(async (tx) => {
    const character = await lockCharacter(tx, userId, input.characterId);
    if (!character.notifyRetrain) return;
    const open = await tx.loraModel.count({
      where: { characterId: character.id, status: { in: [...openStatuses] } },
    });
    if (open > 0) return;
    const { loraModelId, count } = await readNewLikes(tx, character);
    if (!loraModelId) return;

    const standing = { userId: character.userId, subjectId: loraModelId, type, dismissedAt: null };
    if (count === 0) {
      await tx.notification.updateMany({ where: standing, data: { dismissedAt: ctx.now } });
      return;
    }
    const facts = { characterId: character.id, characterName: character.name, count };
    await notify(tx, { userId: character.userId, subjectId: loraModelId, type, facts });
    await tx.notification.updateMany({ where: standing, data: wordNotice(type, facts) });
  });
}
