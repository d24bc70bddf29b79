import { recordAct } from '../acts/record-act.ts';
import type { CreatorContext } from '../context.ts';
import { inTransaction } from '../db.ts';
import { DomainError, demand } from '../errors.ts';
import { openQueue } from '../jobs/queue.ts';
import { detachCharacter, lockTrainings } from './detach-character.ts';
import { lockCharacter } from './lock-character.ts';

/**
 * Deletes an influencer, whatever its trainings are doing (decisions, "Deleting"). From here on it is
 * gone for everybody; pictures, models and what lies at the GPU provider follow (lib/deletions). An
 * open training is cancelled: its credits come back, or a result that was faster is charged, as ever.
 * Returns the deletion's id; a repeat is the same deletion.
 *
 * Refuses NOT_FOUND, and NAME_DIFFERS where a confirmation is given that is not the name.
 */
export async function deleteCharacter(
  ctx: CreatorContext,
  { characterId, confirmation }: { characterId: string; confirmation?: string },
): Promise<{ deletionId: string }> {
  const { userId } = ctx.actor;
  await openQueue();
  return inTransaction(async (tx) => {
    try {
      await lockTrainings(tx, userId, characterId);
      const character = await lockCharacter(tx, userId, characterId);
      demand(confirmation === undefined || isSame(confirmation, character.name), 'NAME_DIFFERS');
      const deletionId = await detachCharacter(tx, ctx, character);
      const by = ctx.actor;
      const subjectId = characterId;
      await recordAct(tx, { kind: 'influencer.deleted', by, userId, subjectId, at: ctx.now });
      return { deletionId };
    } catch (error) {
      if (!(error instanceof DomainError && error.code === 'NOT_FOUND')) throw error;
      // What went with its account is nobody's to delete again.
      const before = await tx.deletion.findFirst({
        where: { subjectId: characterId, ownerId: userId, subject: 'influencer', parentId: null },
        select: { id: true },
      });
      demand(before, 'NOT_FOUND');
      return { deletionId: before.id };
    }
  });
}

/** Letters that look the same are the same, however the keyboard wrote them. */
function isSame(typed: string, name: string): boolean {
  return typed.trim().normalize('NFC') === name.trim().normalize('NFC');
}
