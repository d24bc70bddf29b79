import type { Character } from '../../prisma/client/client.ts';
import { recordAct } from '../acts/record-act.ts';
import type { CreatorContext } from '../context.ts';
import { inTransaction, type Tx } from '../db.ts';
import { DomainError, demand } from '../errors.ts';
import { enqueue, openQueue } from '../jobs/queue.ts';
import { baseModelIds, defaultBaseModel } from '../lora/rules/base-models.ts';
import { quoteTraining } from '../lora/rules/pricing.ts';
import {
  type CompleteProfileSet,
  type ConsentKind,
  consentWordingVersion,
} from '../lora/rules/schemas.ts';
import { availableImages, countProblem, minImages, preselect } from '../lora/rules/selection.ts';
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
 * Refuses NOT_FOUND, TOO_FEW_IMAGES and, when training was chosen, what `demandAgreedOffer` refuses
 * and, where nobody has said yet who the character is, CONSENT_NEEDED. A refusal leaves nothing
 * behind.
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
    if (input.agreedCredits !== null) await demandAgreedOffer(tx, character, input.agreedCredits);
    if (input.consent) {
      await recordConsent(tx, ctx, character.id, input.consent, images);
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

/**
 * What the finishing button said must still be so (D11): the chosen images are there, as many as a
 * training takes, at the price that was shown. Refuses IMAGE_NOT_AVAILABLE, TOO_FEW_IMAGES,
 * TOO_MANY_IMAGES and PRICE_CHANGED.
 */
async function demandAgreedOffer(
  tx: Tx,
  character: Character,
  agreedCredits: number,
): Promise<void> {
  const rows = await tx.characterImage.findMany({
    where: { characterId: character.id, state: 'ready' },
    orderBy: { number: 'asc' },
    select: { id: true, likedAt: true, inProfileSet: true },
  });
  const images = availableImages(rows.map((row) => ({ ...row, liked: row.likedAt !== null })));
  const drafted = character.draftBaseModel !== null || character.draftImageIds.length > 0;
  const chosen = drafted ? character.draftImageIds : preselect(images);
  const there = new Set(images.map(({ id }) => id));
  const missing = chosen.filter((id) => !there.has(id)).length;
  demand(missing === 0, 'IMAGE_NOT_AVAILABLE', { missing });
  const problem = countProblem(chosen.length);
  if (problem) {
    const { code, ...details } = problem;
    throw new DomainError(code, details);
  }
  const baseModel = baseModelIds.find((id) => id === character.draftBaseModel) ?? defaultBaseModel;
  const { totalCredits } = quoteTraining(baseModel, chosen.length);
  demand(agreedCredits === totalCredits, 'PRICE_CHANGED', {
    expectedCredits: agreedCredits,
    currentCredits: totalCredits,
  });
}

/** Decisions, "Consent": with the wording that was shown and the pictures it was given for. */
async function recordConsent(
  tx: Tx,
  { actor, now }: CreatorContext,
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
  const { userId } = actor;
  await recordAct(tx, {
    kind: 'consent.given',
    by: actor,
    userId,
    subjectId: characterId,
    facts: { kind },
    at: now,
  });
}
