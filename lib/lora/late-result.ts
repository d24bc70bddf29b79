import type { Context } from '../context.ts';
import { db, inTransaction } from '../db.ts';
import { env } from '../env.ts';
import type { Observation } from '../gpu/provider.ts';
import { enqueue, openQueue } from '../jobs/queue.ts';
import { notify } from '../notifications/notify.ts';
import { type Claim, commitClaim, LostClaim } from './claim-attempt.ts';
import { storeArtifacts } from './store-artifact.ts';
import { transition } from './transition.ts';

/**
 * Keeps the result of a training that had failed before it arrived. The training stays failed and
 * uncharged; the free retry claims the files (decisions, "A result that arrives late").
 */
export async function keepLateResult(
  attempt: { id: string; loraModelId: string },
  baseModel: string,
  observation: Extract<Observation, { state: 'succeeded' }>,
): Promise<void> {
  const files = await storeArtifacts(attempt.id, baseModel, observation.artifacts);
  await db().loraFile.createMany({
    data: files.map((file) => ({
      ...file,
      loraModelId: attempt.loraModelId,
      attemptId: attempt.id,
    })),
    skipDuplicates: true,
  });
}

/**
 * Ends a free retry at once with the late result of the training it follows, when that was made
 * from the same pictures. False when there is none to claim.
 */
export async function claimLateResult(ctx: Context, claim: Claim): Promise<boolean> {
  const { training, attempt } = claim;
  if (!training.retryOfId || training.costCredits > 0) return false;
  const failed = await db().loraModel.findFirst({
    where: {
      id: training.retryOfId,
      status: 'failed',
      baseModel: training.baseModel,
      imageManifestSha256: training.imageManifestSha256,
    },
    include: { files: true },
  });
  const [first] = failed?.files ?? [];
  if (!failed || !first) return false;

  await openQueue();
  try {
    await inTransaction(async (tx) => {
      await commitClaim(tx, claim, {
        state: 'ended',
        endedAt: ctx.now,
        outcome: 'claimed',
        nextCheckAt: ctx.now,
      });
      const { count } = await tx.loraFile.updateMany({
        where: { loraModelId: failed.id },
        data: { loraModelId: training.id },
      });
      if (count === 0) throw new LostClaim(attempt.id);
      const by = { actor: ctx.actor, reason: 'late result claimed' };
      await transition(tx, training.id, 'pending', 'training', {
        ...by,
        data: { trainingStartedAt: ctx.now },
      });
      const moved = await transition(tx, training.id, 'training', 'ready', {
        ...by,
        data: {
          trainingCompletedAt: ctx.now,
          trainingDurationMs: 0,
          modelPath: first.key,
          step: training.trainingSteps,
          expiresAt: new Date(ctx.now.getTime() + env().LORA_EXPIRY_DAYS * 86_400_000),
        },
      });
      if (!moved) throw new LostClaim(attempt.id);
      await notify(tx, {
        userId: training.userId,
        subjectId: training.id,
        type: 'lora.training.completed',
        facts: {
          characterId: training.characterId,
          characterName: training.character.name,
          sandbox: training.externalProvider === 'sandbox',
        },
      });
      await enqueue(tx, 'lora.attempt.release', { attemptId: attempt.id });
    });
  } catch (error) {
    if (error instanceof LostClaim) return true;
    throw error;
  }
  return true;
}
