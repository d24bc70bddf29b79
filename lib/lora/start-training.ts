import { randomInt, randomUUID } from 'node:crypto';
import { recordAct } from '../acts/record-act.ts';
import type { CreatorContext } from '../context.ts';
import { reserve } from '../credits/ledger.ts';
import { inTransaction, type Tx } from '../db.ts';
import { env } from '../env.ts';
import { DomainError, demand } from '../errors.ts';
import { configuredPrice, routeOf } from '../gpu/configured-provider.ts';
import { enqueue, openQueue } from '../jobs/queue.ts';
import { notify } from '../notifications/notify.ts';
import { requestHash } from '../request-hash.ts';
import { imageDisplayKey } from '../storage/keys.ts';
import { demandRoom } from './demand-room.ts';
import { forgetNewLikes } from './dismiss-new-likes.ts';
import { findFreeRetry } from './free-retry.ts';
import { estimateFor } from './get-estimate.ts';
import { type ImageManifest, manifestSha256 } from './image-manifest.ts';
import { newAttempt } from './new-attempt.ts';
import { patienceWith } from './patience.ts';
import { baseModels } from './rules/base-models.ts';
import type { Estimate } from './rules/estimate.ts';
import { openStatuses } from './rules/lifecycle.ts';
import { quoteTraining } from './rules/pricing.ts';
import { consentWordingVersion, type StartTraining } from './rules/schemas.ts';
import { countProblem } from './rules/selection.ts';
import { captionFor, planTraining } from './rules/training-plan.ts';
import { recordTransition } from './transition.ts';

export interface StartedTraining {
  loraModelId: string;
  trainingJobId: string;
  status: 'pending' | 'training';
  /** Minutes, the long end of the estimate. */
  estimatedTime: number;
  creditsReserved: number;
  creditsCost: number;
}

/**
 * Starts a training: the row with its frozen images, the reservation, the notice and the first job
 * in one transaction (house, "One training"; AC-2, AC-3).
 *
 * The same `requestId` with the same input is the same training and the same answer.
 * Refuses: NOT_FOUND, REQUEST_REUSED, LICENCE_NEEDED (D14), TOO_FEW_IMAGES, TOO_MANY_IMAGES,
 * IMAGE_NOT_AVAILABLE, PROFILE_SET_INCOMPLETE, CONSENT_NEEDED, TRAINING_OPEN, PRICE_CHANGED,
 * TOO_MANY_TRAININGS, TRAININGS_PAUSED, TRAININGS_FULL, NOT_ENOUGH_CREDITS. A refusal leaves nothing behind.
 */
export async function startTraining(
  ctx: CreatorContext,
  input: StartTraining,
  startedBy: 'creator' | 'profile-set' = 'creator',
): Promise<StartedTraining> {
  const imageIds = [...new Set(input.imageIds)];
  const hash = requestHash({ ...input, imageIds });
  const estimate = await estimateFor(input.baseModel);
  await openQueue();

  const training = await inTransaction(async (tx) => {
    const character = await lockCharacter(tx, ctx.actor.userId, input.characterId);
    const repeated = await tx.loraModel.findUnique({
      where: { userId_requestId: { userId: ctx.actor.userId, requestId: input.requestId } },
      include: { attempts: { orderBy: { number: 'asc' }, take: 1 } },
    });
    if (repeated) {
      demand(repeated.requestHash === hash, 'REQUEST_REUSED');
      return { ...repeated, attemptId: repeated.attempts[0]?.id ?? repeated.id };
    }

    demand(
      !baseModels[input.baseModel].needsLicence || env().FLUX_LICENSE_REFERENCE,
      'LICENCE_NEEDED',
    );
    demand(character.profileSetCompletedAt, 'PROFILE_SET_INCOMPLETE');
    const problem = countProblem(imageIds.length);
    if (problem) {
      const { code, ...details } = problem;
      throw new DomainError(code, details);
    }
    const manifest = await freezeImages(tx, character, imageIds);
    await ensureConsent(tx, ctx, character.id, input.consent, manifest);

    const open = await tx.loraModel.findFirst({
      where: { characterId: character.id, status: { in: [...openStatuses] } },
      select: { id: true },
    });
    if (open) throw new DomainError('TRAINING_OPEN', { loraModelId: open.id });

    const freeRetry = await findFreeRetry(tx, {
      characterId: character.id,
      baseModel: input.baseModel,
      imageCount: imageIds.length,
      now: ctx.now,
    });
    const quote = quoteTraining(input.baseModel, imageIds.length);
    const costCredits = freeRetry ? 0 : quote.totalCredits;
    if (input.expectedCredits !== costCredits) {
      throw new DomainError('PRICE_CHANGED', {
        expectedCredits: input.expectedCredits,
        currentCredits: costCredits,
      });
    }

    const { provider, endpoint } = routeOf(input.baseModel);
    const estimatedGpuMicroUsd = gpuCostOf(estimate, configuredPrice(provider));
    await demandRoom(tx, ctx, estimatedGpuMicroUsd);

    const id = randomUUID();
    const label = baseModels[input.baseModel].label;
    const holdId =
      costCredits > 0
        ? await reserve(tx, ctx.actor.userId, costCredits, {
            idempotencyKey: `reserve:${id}`,
            memo: `Training, ${imageIds.length} images, ${label}`,
            loraModelId: id,
          })
        : null;
    const plan = planTraining(input.baseModel, imageIds.length);
    const row = await tx.loraModel.create({
      data: {
        id,
        characterId: character.id,
        userId: ctx.actor.userId,
        baseModel: input.baseModel,
        triggerWord: character.triggerWord,
        config: { ...plan, seed: randomInt(2_147_483_647) },
        imageManifest: manifest,
        imageManifestSha256: manifestSha256(manifest),
        imageCount: imageIds.length,
        requestId: input.requestId,
        requestHash: hash,
        startedBy,
        costCredits,
        priceVersion: quote.version,
        holdId,
        retryOfId: freeRetry?.failedLoraModelId ?? null,
        retryCount: freeRetry ? freeRetry.retryCount : 0,
        externalProvider: provider,
        trainingSteps: plan.recipe.steps,
        estimateFromSeconds: estimate.fromSeconds,
        estimateToSeconds: estimate.toSeconds,
        estimatedGpuMicroUsd,
        deadlineAt: new Date(ctx.now.getTime() + patienceWith(provider).totalSeconds * 1_000),
        createdAt: ctx.now,
      },
    });
    if (freeRetry) {
      await tx.freeRetry.update({
        where: { id: freeRetry.id },
        data: { spentByLoraModelId: id },
      });
    }
    await forgetNewLikes(tx, character, ctx.now);
    // The draft has become this training; the next form opens with a fresh proposal (D4).
    await tx.character.update({
      where: { id: character.id },
      data: { draftBaseModel: null, draftImageIds: [] },
    });
    await recordTransition(tx, id, null, 'pending', { actor: ctx.actor, reason: startedBy });
    const attempt = await newAttempt(tx, {
      loraModelId: id,
      number: 1,
      provider,
      endpoint,
      now: ctx.now,
    });
    await notify(tx, {
      userId: ctx.actor.userId,
      subjectId: id,
      type: 'lora.training.started',
      facts: {
        characterId: character.id,
        characterName: character.name,
        ...estimate,
        reservedCredits: costCredits,
      },
    });
    await enqueue(tx, 'lora.attempt.submit', { attemptId: attempt.id });
    return { ...row, attemptId: attempt.id };
  });

  return {
    loraModelId: training.id,
    trainingJobId: training.externalJobId ?? training.attemptId,
    status: training.status === 'pending' ? 'pending' : 'training',
    estimatedTime: Math.ceil(estimate.toSeconds / 60),
    creditsReserved: training.costCredits,
    creditsCost: training.costCredits,
  };
}

/** The creator's character, its row locked: two starts of one character follow one another. */
async function lockCharacter(tx: Tx, userId: string, characterId: string) {
  await tx.$queryRaw`
    SELECT id FROM characters WHERE id = ${characterId}::uuid AND user_id = ${userId}::uuid FOR UPDATE`;
  const character = await tx.character.findFirst({ where: { id: characterId, userId } });
  demand(character, 'NOT_FOUND');
  return { ...character, userId };
}

/** What the GPU will cost us, in whole micro-dollars: the middle of the estimate at today's price. */
function gpuCostOf({ fromSeconds, toSeconds }: Estimate, microUsdPerSecond: number): bigint {
  return BigInt(Math.round(((fromSeconds + toSeconds) / 2) * microUsdPerSecond));
}

async function freezeImages(
  tx: Tx,
  character: { id: string; triggerWord: string },
  imageIds: string[],
): Promise<ImageManifest> {
  const images = await tx.characterImage.findMany({
    where: {
      id: { in: imageIds },
      characterId: character.id,
      state: 'ready',
      OR: [{ inProfileSet: true }, { likedAt: { not: null } }],
    },
    orderBy: { number: 'asc' },
  });
  if (images.length < imageIds.length) {
    throw new DomainError('IMAGE_NOT_AVAILABLE', { missing: imageIds.length - images.length });
  }
  return images.map((image) => ({
    imageId: image.id,
    key: imageDisplayKey(character.id, image.id),
    sha256: image.sha256 ?? '',
    caption: captionFor(image, character.triggerWord),
  }));
}

/** Decisions, "Consent": before the first training, stored with time, wording and image hashes. */
async function ensureConsent(
  tx: Tx,
  { actor, now }: CreatorContext,
  characterId: string,
  given: StartTraining['consent'],
  manifest: ImageManifest,
): Promise<void> {
  if (given) {
    await tx.consent.create({
      data: {
        characterId,
        kind: given,
        wordingVersion: consentWordingVersion,
        imageSha256s: manifest.map(({ sha256 }) => sha256),
      },
    });
    const { userId } = actor;
    await recordAct(tx, {
      kind: 'consent.given',
      by: actor,
      userId,
      subjectId: characterId,
      facts: { kind: given },
      at: now,
    });
    return;
  }
  demand(await tx.consent.findFirst({ where: { characterId } }), 'CONSENT_NEEDED');
}
