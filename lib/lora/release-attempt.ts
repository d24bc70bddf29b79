import type { TrainingAttempt } from '../../prisma/client/client.ts';
import type { Context } from '../context.ts';
import { crashPoint } from '../crash-point.ts';
import { db, inTransaction } from '../db.ts';
import { DomainError } from '../errors.ts';
import { type GpuProvider, type Observation, ProviderError } from '../gpu/provider.ts';
import { log } from '../log.ts';
import { askProvider, canLookUp, ProviderAway } from './ask-provider.ts';
import {
  type Claim,
  claimAttempt,
  confirmClaim,
  LostClaim,
  leaseMs,
  underClaim,
} from './claim-attempt.ts';
import { costUntilGone, priceAtSubmit } from './gpu-cost.ts';
import { readReport } from './job-claim.ts';
import { removeStraySamples } from './keep-samples.ts';
import { keepLateResult } from './late-result.ts';
import { backoffMs } from './rules/patience.ts';
import { ArtifactError } from './store-artifact.ts';

/** One call to the attempt's provider. */
type Ask = <T>(call: (provider: GpuProvider) => Promise<T>) => Promise<T>;

/** How often, and for how many leases, a provider that does not answer is asked for a late result. */
const lastLooks = { unanswered: 5, leases: 4 };

/**
 * Leaves nothing of an ended attempt at the provider: no running job, no data; and of its samples
 * only those that were taken in. Takes a last look first, so that a result that came after the
 * training had failed is kept. Repeated by the sweep until provider and store confirm.
 */
export async function releaseAttempt(ctx: Context, input: { attemptId: string }): Promise<void> {
  const claim = await claimAttempt(input.attemptId, 'ended', ctx.now);
  if (claim) await releaseClaimed(ctx, claim);
}

/** The same for an attempt that is claimed already. */
export function releaseClaimed(ctx: Context, claim: Claim): Promise<void> {
  return underClaim(ctx, claim, () => release(ctx, claim));
}

async function release(ctx: Context, { attempt: claimed, training }: Claim): Promise<void> {
  if (claimed.releasedAt) return;
  crashPoint('release.after-claim');
  const ask: Ask = (call) => askProvider(claimed.provider, ctx.now, call, claimed.endpoint);
  let attempt = claimed;
  try {
    attempt = await withWhatWasLeft(ask, attempt);
    const { externalJobId } = attempt;
    if (externalJobId) {
      // Of what was deleted nothing is kept.
      if (training.status === 'failed' && training.userId) {
        const last = await lastLook(ctx, ask, attempt, externalJobId);
        if (last?.state === 'succeeded') await keepIfSound(attempt, training.baseModel, last);
      }
      // Who stood still since its look would take away what another worker has seen meanwhile.
      await confirmClaim(attempt);
      await ask((provider) => provider.cancel(externalJobId));
      crashPoint('release.after-cancel');
      await confirmClaim(attempt);
      await ask((provider) => provider.release(externalJobId));
      crashPoint('release.after-effect');
    }
    await removeStraySamples(attempt.id);
    await keepReleased(ctx, attempt);
    crashPoint('release.after-commit');
  } catch (error) {
    if (error instanceof LostClaim) return;
    const storeIsAway = error instanceof DomainError && error.code === 'STORAGE_UNAVAILABLE';
    if (!storeIsAway && !(error instanceof ProviderError)) throw error;
    log().warn({ attemptId: attempt.id, error }, 'a job at the GPU provider is not released yet');
    await db().trainingAttempt.updateMany({
      where: { id: attempt.id, fence: attempt.fence },
      data: {
        leaseUntil: null,
        tries: { increment: 1 },
        nextCheckAt: new Date(
          ctx.now.getTime() +
            ((error instanceof ProviderError ? error.retryAfterMs : null) ??
              backoffMs(attempt.tries, Math.random())),
        ),
      },
    });
  }
}

/**
 * A submit that was never finished may have left something that costs. It is written down before it
 * is removed: afterwards nobody could say what it was.
 */
async function withWhatWasLeft(ask: Ask, attempt: TrainingAttempt): Promise<TrainingAttempt> {
  if (attempt.externalJobId || !canLookUp(attempt.provider, attempt.endpoint)) return attempt;
  const left = await ask((provider) => provider.findByName(attempt.jobName));
  if (!left) return attempt;
  const data = {
    externalJobId: left.externalJobId,
    ...priceAtSubmit(attempt.provider, left.rent),
  };
  await db().trainingAttempt.updateMany({
    where: { id: attempt.id, fence: attempt.fence },
    data,
  });
  return { ...attempt, ...data };
}

/** Nothing is left, so nothing costs any more: the training's own sum is final, too. */
async function keepReleased(ctx: Context, attempt: TrainingAttempt): Promise<void> {
  await inTransaction(async (tx) => {
    const { count } = await tx.trainingAttempt.updateMany({
      where: { id: attempt.id, fence: attempt.fence },
      data: {
        leaseUntil: null,
        releasedAt: ctx.now,
        nextCheckAt: null,
        ...costUntilGone(attempt, ctx.now),
      },
    });
    if (count === 0 || !attempt.rentedSince) return;
    const spent = await tx.trainingAttempt.aggregate({
      where: { loraModelId: attempt.loraModelId },
      _sum: { gpuCostMicroUsd: true },
    });
    await tx.loraModel.update({
      where: { id: attempt.loraModelId },
      data: { gpuCostMicroUsd: spent._sum.gpuCostMicroUsd ?? 0n },
    });
  });
}

/** Null when it cannot be had: what runs there must not go on, and bill, because nobody answers. */
async function lastLook(
  ctx: Context,
  ask: Ask,
  attempt: TrainingAttempt,
  externalJobId: string,
): Promise<Observation | null> {
  const reported = await readReport(attempt);
  try {
    const last = await ask((provider) => provider.observe(externalJobId, reported));
    if (attempt.unansweredLooks > 0) await countLook(attempt, 0);
    return last;
  } catch (error) {
    // Of a provider that is away nothing can be removed either: the look is worth waiting for.
    if (!(error instanceof ProviderError) || error instanceof ProviderAway) throw error;
    const waitedMs = ctx.now.getTime() - (attempt.endedAt ?? ctx.now).getTime();
    const isOver =
      attempt.unansweredLooks >= lastLooks.unanswered && waitedMs > lastLooks.leases * leaseMs();
    if (isOver) return null;
    await countLook(attempt, { increment: 1 });
    throw error;
  }
}

/**
 * Looks that were not answered, in a row. Not `tries`: a store that is away, or a crash, is no word of
 * what the provider still has.
 */
async function countLook(
  { id, fence }: TrainingAttempt,
  unansweredLooks: 0 | { increment: 1 },
): Promise<void> {
  await db().trainingAttempt.updateMany({ where: { id, fence }, data: { unansweredLooks } });
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
