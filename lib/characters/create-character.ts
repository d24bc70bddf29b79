import { randomInt } from 'node:crypto';
import type { CreatorContext } from '../context.ts';
import { db, isUniqueViolation } from '../db.ts';
import type { CreateCharacter } from '../lora/rules/schemas.ts';
import { makeTriggerWord } from '../lora/rules/training-plan.ts';

const suffixLetters = 'abcdefghijklmnopqrstuvwxyz0123456789';
const tries = 5;

/** Makes an influencer with a trigger word of its own (decisions, "Captions"). */
export async function createCharacter(
  ctx: CreatorContext,
  input: CreateCharacter,
): Promise<{ characterId: string; triggerWord: string }> {
  for (let attempt = 1; ; attempt += 1) {
    const triggerWord = makeTriggerWord(input.name, randomSuffix());
    try {
      const { id } = await db().character.create({
        data: { ...input, userId: ctx.actor.userId, triggerWord, createdAt: ctx.now },
        select: { id: true },
      });
      return { characterId: id, triggerWord };
    } catch (error) {
      if (attempt === tries || !isUniqueViolation(error, 'characters_trigger_word_key'))
        throw error;
    }
  }
}

function randomSuffix(): string {
  return Array.from({ length: 4 }, () => suffixLetters[randomInt(suffixLetters.length)]).join('');
}
