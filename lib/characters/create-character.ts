import { randomInt } from 'node:crypto';
import type { CreatorContext } from '../context.ts';
import { db, isUniqueViolation } from '../db.ts';
import { demand } from '../errors.ts';
import type { CreateCharacter } from '../lora/rules/schemas.ts';
import { makeTriggerWord } from '../lora/rules/training-plan.ts';

const suffixLetters = 'abcdefghijklmnopqrstuvwxyz0123456789';
const tries = 5;

/**
 * Makes an influencer with a trigger word of its own (decisions, "Captions"). The same `requestId` is
 * the same influencer: a form that is sent again, its answer lost, changes what it made the first
 * time. Refuses REQUEST_REUSED when that id is somebody else's or of one that was deleted.
 */
export async function createCharacter(
  ctx: CreatorContext,
  input: CreateCharacter & { requestId?: string },
): Promise<{ characterId: string; triggerWord: string }> {
  const { requestId, ...text } = input;
  if (requestId) await demandNotDeleted(requestId);
  for (let attempt = 1; ; attempt += 1) {
    const triggerWord = makeTriggerWord(input.name, randomSuffix());
    try {
      const { id } = await db().character.create({
        data: { id: requestId, ...text, userId: ctx.actor.userId, triggerWord, createdAt: ctx.now },
        select: { id: true },
      });
      return { characterId: id, triggerWord };
    } catch (error) {
      if (requestId && isUniqueViolation(error, 'characters_pkey')) {
        return changeMade(ctx, requestId, text);
      }
      if (attempt === tries || !isUniqueViolation(error, 'characters_trigger_word_key'))
        throw error;
    }
  }
}

/** What was deleted does not come back by a request that is sent again. */
async function demandNotDeleted(id: string): Promise<void> {
  demand((await db().deletion.count({ where: { subjectId: id } })) === 0, 'REQUEST_REUSED');
}

async function changeMade(ctx: CreatorContext, id: string, text: CreateCharacter) {
  const [made] = await db().character.updateManyAndReturn({
    where: { id, userId: ctx.actor.userId },
    data: text,
    select: { triggerWord: true },
  });
  demand(made, 'REQUEST_REUSED');
  return { characterId: id, triggerWord: made.triggerWord };
}

function randomSuffix(): string {
  return Array.from({ length: 4 }, () => suffixLetters[randomInt(suffixLetters.length)]).join('');
}
