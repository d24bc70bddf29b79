import { randomUUID } from 'node:crypto';
import type { Context } from '../context.ts';
import { inTransaction } from '../db.ts';
import { demand } from '../errors.ts';
import { routeOf } from '../gpu/configured-provider.ts';
import { enqueue, openQueue } from '../jobs/queue.ts';
import { requestHash } from '../request-hash.ts';
import { imageDisplayKey } from '../storage/keys.ts';
import { isPaused } from './demand-room.ts';
import { manifestSha256 } from './image-manifest.ts';
import { newAttempt } from './new-attempt.ts';
import { patienceWith } from './patience.ts';
import type { BaseModelId } from './rules/base-models.ts';
import { quoteTraining } from './rules/pricing.ts';
import { recordTransition } from './transition.ts';
import { makeTrialPictures, planTrial } from './trial.ts';

/** How long after its deadline a trial is removed, should whoever started it not have done so. */
const removedAfterMs = 3_600_000;

/**
 * Starts a training of ten steps for the operator, to be run by the application's own workers: a
 * character that is nobody's, made-up pictures, the row, its first attempt and its job. It is free and
 * nobody's from the start, so no creator sees it or is told of it, and no book has a line of it.
 * (An account made for it would leave its acts, and a receipt sent to an address that is not there.)
 *
 * Its deletion is committed before anything else, due when the trial must be long over: whatever
 * happens from then on, also to this process, the workers remove it. `characterId` is new; the
 * deletion is found by it. Refuses TRAININGS_PAUSED.
 */
export async function startTrial(
  ctx: Context,
  { characterId, baseModel }: { characterId: string; baseModel: BaseModelId },
): Promise<{ loraModelId: string }> {
  const { provider, endpoint } = routeOf(baseModel);
  const deadlineAt = new Date(ctx.now.getTime() + patienceWith(provider).totalSeconds * 1_000);
  const triggerWord = `ohwx_trial_${characterId.replaceAll('-', '')}`;
  await openQueue();
  await inTransaction(async (tx) => {
    demand(!(await isPaused(tx)), 'TRAININGS_PAUSED');
    await tx.deletion.create({
      data: {
        subject: 'influencer',
        subjectId: characterId,
        // An account of this id never was: nobody may read the receipt.
        ownerId: characterId,
        requestedAt: ctx.now,
        nextCheckAt: new Date(deadlineAt.getTime() + removedAfterMs),
      },
    });
  });

  const manifest = await makeTrialPictures(triggerWord, (id) => imageDisplayKey(characterId, id));
  const loraModelId = randomUUID();
  await inTransaction(async (tx) => {
    await tx.character.create({ data: { id: characterId, name: 'Trial', look: '', triggerWord } });
    const plan = planTrial(baseModel);
    await tx.loraModel.create({
      data: {
        id: loraModelId,
        characterId,
        baseModel,
        triggerWord,
        config: { ...plan, seed: 1 },
        imageManifest: manifest,
        imageManifestSha256: manifestSha256(manifest),
        imageCount: manifest.length,
        requestId: loraModelId,
        requestHash: requestHash({ baseModel }),
        startedBy: 'trial',
        costCredits: 0,
        priceVersion: quoteTraining(baseModel, manifest.length).version,
        externalProvider: provider,
        trainingSteps: plan.recipe.steps,
        deadlineAt,
        createdAt: ctx.now,
      },
    });
    await recordTransition(tx, loraModelId, null, 'pending', { actor: ctx.actor, reason: 'trial' });
    const { id: attemptId } = await newAttempt(tx, {
      loraModelId,
      number: 1,
      provider,
      endpoint,
      now: ctx.now,
    });
    await enqueue(tx, 'lora.attempt.submit', { attemptId });
  });
  return { loraModelId };
}
