import type { Context } from '../context.ts';
import { crashPoint } from '../crash-point.ts';
import { db } from '../db.ts';
import type { Observation } from '../gpu/provider.ts';
import { applyObservation } from './apply-observation.ts';
import type { Claim } from './claim-attempt.ts';
import { storeArtifacts } from './store-artifact.ts';

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
  crashPoint('late-result.after-check');
  await db().loraFile.createMany({
    data: files.map((file) => ({
      ...file,
      loraModelId: attempt.loraModelId,
      attemptId: attempt.id,
    })),
    skipDuplicates: true,
  });
  crashPoint('late-result.after-keep');
}

/**
 * Ends a free retry at once with the late result of the training it follows, when that was made
 * from the same pictures. False when there is none to claim.
 */
export async function claimLateResult(ctx: Context, claim: Claim): Promise<boolean> {
  const { training } = claim;
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

  crashPoint('late-result.before-claim');
  await applyObservation(ctx, claim, {
    kind: 'claimed',
    fromLoraModelId: failed.id,
    modelPath: first.key,
  });
  return true;
}
