import type { Context } from '../context.ts';
import { db } from '../db.ts';
import { configuredProvider } from '../gpu/configured-provider.ts';
import { ProviderError } from '../gpu/provider.ts';
import { log } from '../log.ts';
import { claimAttempt } from './claim-attempt.ts';
import { keepLateResult } from './late-result.ts';
import { backoffMs } from './rules/patience.ts';
import { ArtifactError } from './store-artifact.ts';

/**
 * Leaves nothing of an ended attempt at the provider: no running job, no data. Takes a last look
 * first, so that a result that came after the training had failed is kept. Repeated by the sweep
 * until the provider confirms.
 */
export async function releaseAttempt(ctx: Context, input: { attemptId: string }): Promise<void> {
  const claim = await claimAttempt(input.attemptId, 'ended', ctx.now);
  if (!claim || claim.attempt.releasedAt) return;
  const { attempt, training } = claim;
  const provider = configuredProvider(attempt.provider);
  try {
    const externalJobId =
      attempt.externalJobId ?? (await provider.findByName(attempt.jobName))?.externalJobId;
    if (externalJobId) {
      if (training.status === 'failed') {
        const last = await provider.observe(externalJobId);
        if (last.state === 'succeeded') await keepIfSound(attempt, training.baseModel, last);
      }
      await provider.cancel(externalJobId);
      await provider.release(externalJobId);
    }
    await db().trainingAttempt.updateMany({
      where: { id: attempt.id, fence: attempt.fence },
      data: { leaseUntil: null, releasedAt: ctx.now, nextCheckAt: null },
    });
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    log().warn({ attemptId: attempt.id, error }, 'a job at the GPU provider is not released yet');
    await db().trainingAttempt.updateMany({
      where: { id: attempt.id, fence: attempt.fence },
      data: {
        leaseUntil: null,
        tries: { increment: 1 },
        nextCheckAt: new Date(ctx.now.getTime() + backoffMs(attempt.tries, Math.random())),
      },
    });
  }
}

async function keepIfSound(
  attempt: Parameters<typeof keepLateResult>[0],
  baseModel: string,
  last: Parameters<typeof keepLateResult>[2],
): Promise<void> {
  try {
    await keepLateResult(attempt, baseModel, last);
  } catch (error) {
    if (!(error instanceof ArtifactError)) throw error;
    log().info({ attemptId: attempt.id, error }, 'a late result was not usable');
  }
}
