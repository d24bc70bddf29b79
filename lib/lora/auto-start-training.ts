import { createHash } from 'node:crypto';
import { type Context, creatorContext } from '../context.ts';
import { db, inTransaction } from '../db.ts';
import { DomainError } from '../errors.ts';
import { notify } from '../notifications/notify.ts';
import { getTrainingPanel } from './get-training-panel.ts';
import { quoteTraining } from './rules/pricing.ts';
import { startTraining } from './start-training.ts';

const whyNot = {
  PRICE_CHANGED: 'price',
  NOT_ENOUGH_CREDITS: 'credits',
  TOO_FEW_IMAGES: 'images',
  IMAGE_NOT_AVAILABLE: 'images',
  CONSENT_NEEDED: 'consent',
} as const;

/**
 * Starts the training the creator agreed to when finishing the wizard (`onProfileSetComplete`;
 * D4, D11). Never for more than the agreed price; when it cannot start, nothing is reserved and a
 * notice says why. A repeat starts nothing new.
 */
export async function autoStartTraining(
  ctx: Context,
  input: { characterId: string },
): Promise<void> {
  const character = await db().character.findUnique({ where: { id: input.characterId } });
  if (!character?.loraTrainingEnabled || !character.loraTrainingAutoStart) return;
  const { userId } = character;
  if (!userId || character.agreedPriceCredits === null || !character.profileSetCompletedAt) return;

  const requestId = requestIdFor(character.id);
  const { selection } = await getTrainingPanel(userId, character.id, ctx.now);
  // Asked after reading: a start in between has used the draft up, and what was read is no offer.
  const started = await db().loraModel.count({ where: { userId, requestId } });
  if (started > 0) return;
  const price = quoteTraining(selection.baseModel, selection.imageIds.length).totalCredits;
  try {
    if (price > character.agreedPriceCredits) throw new DomainError('PRICE_CHANGED');
    await startTraining(
      creatorContext(userId, ctx.now),
      {
        characterId: character.id,
        baseModel: selection.baseModel,
        imageIds: selection.imageIds,
        expectedCredits: price,
        requestId,
        consent: null,
      },
      'profile-set',
    );
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    const why = Object.entries(whyNot).find(([code]) => code === error.code)?.[1];
    // Open already, or started by an earlier run of this job: nothing to tell.
    if (!why) return;
    await inTransaction((tx) =>
      notify(tx, {
        userId,
        subjectId: character.id,
        type: 'lora.training.not-started',
        facts: { characterId: character.id, characterName: character.name, why },
      }),
    );
  }
}

/** One automatic start per character, ever: its request id is made from the character's. */
function requestIdFor(characterId: string): string {
  const hex = createHash('sha256').update(`auto-start:${characterId}`).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
