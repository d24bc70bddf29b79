import { recordAct } from '../acts/record-act.ts';
import { lockCharacter } from '../characters/lock-character.ts';
import type { CreatorContext } from '../context.ts';
import { inTransaction } from '../db.ts';
import { DomainError } from '../errors.ts';
import { openStatuses } from './rules/lifecycle.ts';

/**
 * Takes back what was said about who a character is: the record is deleted, nothing is trained by
 * itself any more, and the next training asks anew (decisions, "Consent"). A training under way was
 * started with it and is cancelled first: TRAINING_OPEN. A repeat changes nothing. NOT_FOUND for
 * anybody else's character.
 */
export async function withdrawConsent(
  ctx: CreatorContext,
  input: { characterId: string },
): Promise<void> {
  await inTransaction(async (tx) => {
    const character = await lockCharacter(tx, ctx.actor.userId, input.characterId);
    const open = await tx.loraModel.findFirst({
      where: { characterId: character.id, status: { in: [...openStatuses] } },
      select: { id: true },
    });
    if (open) throw new DomainError('TRAINING_OPEN', { loraModelId: open.id });
    const { count } = await tx.consent.deleteMany({ where: { characterId: character.id } });
    if (count > 0) {
      await recordAct(tx, {
        kind: 'consent.withdrawn',
        by: ctx.actor,
        userId: ctx.actor.userId,
        subjectId: character.id,
        at: ctx.now,
      });
    }
    await tx.character.update({
      where: { id: character.id },
      data: { agreedPriceCredits: null, agreedAt: null },
    });
  });
}
