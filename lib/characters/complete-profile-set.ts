import type { CreatorContext } from '../context.ts';
import { inTransaction, type Tx } from '../db.ts';
import { demand } from '../errors.ts';
import { enqueue, openQueue } from '../jobs/queue.ts';
import {
  type CompleteProfileSet,
  type ConsentKind,
  consentWordingVersion,
} from '../lora/rules/schemas.ts';
import { minImages } from '../lora/rules/selection.ts';
import { lockCharacter } from './lock-character.ts';

export interface CompletedProfileSet {
  completedAt: string;
  /** Whether the creator chose to train, at the price they agreed to. */
  trainingChosen: boolean;
}

/**
 * Finishes the profile set, which makes training possible and, where the creator chose it, rings for
 * the automatic start in the same transaction (specification, `onProfileSetComplete`; D11). It is
 * finished once: a repeat changes nothing and gets the first answer.
 * Refuses NOT_FOUND, TOO_FEW_IMAGES and, when training was chosen and nobody has said yet who the
 * character is, CONSENT_NEEDED.
 */
export async function completeProfileSet(
  ctx: CreatorContext,
  input: CompleteProfileSet,
): Promise<CompletedProfileSet> {
  await openQueue();
  return inTransaction(async (tx) => {
    const character = await lockCharacter(tx, ctx.actor.userId, input.characterId);
    if (character.profileSetCompletedAt) {
      return {
        completedAt: character.profileSetCompletedAt.toISOString(),
        trainingChosen: character.agreedAt !== null,
      };
    }
    const images = await tx.characterImage.findMany({
      where: { characterId: character.id, state: 'ready', inProfileSet: true },
      orderBy: { number: 'asc' },
      select: { sha256: true },
    });
    demand(images.length >= minImages, 'TOO_FEW_IMAGES', { missing: minImages - images.length });

    const trainingChosen = input.agreedCredits !== null;
    if (input.consent) {
      await recordConsent(tx, character.id, input.consent, images);
    } else if (trainingChosen) {
      const given = await tx.consent.count({ where: { characterId: character.id } });
      demand(given > 0, 'CONSENT_NEEDED');
    }
    await tx.character.update({
      where: { id: character.id },
      data: {
        profileSetCompletedAt: ctx.now,
        loraTrainingEnabled: trainingChosen,
        agreedPriceCredits: input.agreedCredits,
        agreedAt: trainingChosen ? ctx.now : null,
      },
    });
    if (trainingChosen && character.loraTrainingAutoStart) {
      await enqueue(tx, 'lora.auto-start', { characterId: character.id });
    }
    return { completedAt: ctx.now.toISOString(), trainingChosen };
  });
}

/** Decisions, "Consent": with the wording that was shown and the pictures it was given for. */
async function recordConsent(
  tx: Tx,
  characterId: string,
  kind: ConsentKind,
  images: { sha256: string | null }[],
): Promise<void> {
  await tx.consent.create({
    data: {
      characterId,
      kind,
      wordingVersion: consentWordingVersion,
      imageSha256s: images.flatMap(({ sha256 }) => sha256 ?? []),
    },
  });
}
