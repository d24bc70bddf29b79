import { z } from 'zod';
import type { Context } from '../context.ts';
import { crashPoint } from '../crash-point.ts';
import { db, inTransaction } from '../db.ts';
import { env } from '../env.ts';
import { type JobInput, protocolVersion, recipeSchema } from '../gpu/protocol.ts';
import { type GpuProvider, ProviderError, type ProviderJob } from '../gpu/provider.ts';
import { attemptSecret } from '../gpu/signature.ts';
import { log } from '../log.ts';
import { paths } from '../paths.ts';
import { store } from '../storage/store.ts';
import { applyObservation } from './apply-observation.ts';
import { askProvider, canLookUp, ProviderAway } from './ask-provider.ts';
import {
  type Claim,
  claimAttempt,
  commitClaim,
  confirmClaim,
  underClaim,
  withRenewedLease,
} from './claim-attempt.ts';
import { isPaused } from './demand-room.ts';
import { priceAtSubmit } from './gpu-cost.ts';
import { readManifest } from './image-manifest.ts';
import { jobThatClaimed } from './job-claim.ts';
import { claimLateResult } from './late-result.ts';
import { patienceWith } from './patience.ts';
import { baseModelIds } from './rules/base-models.ts';
import { reasonByWorkerCode } from './rules/failure-reasons.ts';
import { hasEnded } from './rules/lifecycle.ts';
import { adviceByKind } from './rules/operator-advice.ts';
import { latest } from './rules/patience.ts';
import { rehearsalFor } from './rules/rehearsals.ts';
import { waitAfter } from './wait-after.ts';

/**
 * Hands a committed attempt to its provider: looks for our own job by its name first, so that a
 * crash between the call and the commit never makes a second job. Where there is nothing to look in,
 * the first job that claims the attempt is its own, and needs no other submit (`isJobOf`). Safe to
 * call at any time, by anyone, again.
 */
export async function submitAttempt(ctx: Context, input: { attemptId: string }): Promise<void> {
  const claim = await claimAttempt(input.attemptId, 'submitting', ctx.now);
  if (claim) await submitClaimed(ctx, claim);
}

/** The same for an attempt that is claimed already. */
export function submitClaimed(ctx: Context, claim: Claim): Promise<void> {
  return underClaim(ctx, claim, () => submit(ctx, claim));
}

async function submit(ctx: Context, claim: Claim): Promise<void> {
  const { attempt, training } = claim;
  crashPoint('submit.after-claim');

  if (hasEnded(training.status)) {
    await applyObservation(ctx, claim, { kind: 'abandoned' });
    return;
  }
  if (training.cancelRequestedAt) {
    await applyObservation(ctx, claim, { kind: 'cancelled' });
    return;
  }
  if (await claimLateResult(ctx, claim)) return;

  const patience = patienceWith(attempt.provider);
  // While it does not answer nobody waits in its queue.
  const waitingSince = latest(attempt.createdAt, attempt.awayUntil);
  const waitedSeconds = (ctx.now.getTime() - waitingSince.getTime()) / 1_000;
  const isPast = ctx.now > training.deadlineAt;
  const tooLate = waitedSeconds > patience.queueSeconds || isPast;
  const ask = <T>(call: (provider: GpuProvider) => Promise<T>) =>
    askProvider(attempt.provider, ctx.now, call, attempt.endpoint);
  try {
    const found = await findOwnJob(attempt, ask);
    // Only a provider that has been asked and is full ends the wait before the deadline does: whoever
    // waited because we, or it, were away is still tried.
    if (!found && isPast) {
      await applyObservation(ctx, claim, {
        kind: 'failed',
        reason: 'GPU_UNAVAILABLE',
        message: attempt.lastError ?? 'no provider took the job in time',
      });
      return;
    }
    if (!found && (await isPaused(db()))) {
      await inTransaction((tx) => commitClaim(tx, claim, waitForOperator(ctx)));
      return;
    }
    crashPoint('submit.after-find');
    const { externalJobId, rent } =
      found ??
      (await withRenewedLease(claim, async () => {
        const job = await jobInput(claim);
        // Who stood still since its look would make a second job beside what another worker has made.
        await confirmClaim(attempt);
        return ask((provider) => provider.submit(job));
      }));
    crashPoint('submit.after-effect');
    await inTransaction(async (tx) => {
      const ownJobId = (await jobThatClaimed(tx, attempt.id)) ?? externalJobId;
      await commitClaim(tx, claim, {
        state: 'submitted',
        externalJobId: ownJobId,
        ...priceAtSubmit(attempt.provider, rent),
        submittedAt: ctx.now,
        tries: 0,
        lastError: null,
        awayUntil: null,
        nextCheckAt: new Date(ctx.now.getTime() + patience.lookEverySeconds * 1_000),
      });
      await tx.loraModel.update({
        where: { id: training.id },
        data: { externalJobId: ownJobId, lastHeardAt: ctx.now },
      });
    });
    crashPoint('submit.after-commit');
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    await onProviderError(ctx, claim, error, error.kind === 'busy' ? tooLate : isPast);
  }
}

/** The job that an earlier submit made and that needs no other, with its rent where it has one. */
async function findOwnJob(
  { claimedJobId, jobName, provider, endpoint }: Claim['attempt'],
  ask: <T>(call: (provider: GpuProvider) => Promise<T>) => Promise<T>,
): Promise<Pick<ProviderJob, 'externalJobId' | 'rent'> | null> {
  if (claimedJobId) return { externalJobId: claimedJobId };
  if (!canLookUp(provider, endpoint)) return null;
  const known = await ask((port) => port.findByName(jobName));
  return known?.isUnfinished ? null : known;
}

async function onProviderError(
  ctx: Context,
  claim: Claim,
  error: ProviderError,
  tooLate: boolean,
): Promise<void> {
  const { attempt, training } = claim;
  if (!(error instanceof ProviderAway)) {
    log()[error.kind === 'config' ? 'error' : 'warn'](
      {
        attemptId: attempt.id,
        loraModelId: training.id,
        kind: error.kind,
        error,
        advice: adviceByKind[error.kind],
      },
      'the GPU provider did not take a job',
    );
  }
  if (error.spentMicroUsd > 0) await keepSpent(claim, error.spentMicroUsd);
  if (error.kind === 'reject' || tooLate) {
    await applyObservation(ctx, claim, {
      kind: 'failed',
      reason: error.kind === 'reject' ? reasonByWorkerCode[error.code] : 'GPU_UNAVAILABLE',
      message: error.message,
    });
    return;
  }
  await inTransaction((tx) => commitClaim(tx, claim, waitAfter(ctx, attempt, error)));
}

/** A GPU that never came up was paid for all the same. */
async function keepSpent({ attempt }: Claim, microUsd: number): Promise<void> {
  await db().trainingAttempt.updateMany({
    where: { id: attempt.id, fence: attempt.fence },
    data: {
      spentInVainMicroUsd: { increment: microUsd },
      gpuCostMicroUsd: { increment: microUsd },
    },
  });
}

/** Its place is kept, and the wait is not counted against anybody's patience. */
function waitForOperator({ now }: Context) {
  const nextCheckAt = new Date(now.getTime() + 30_000);
  return { nextCheckAt, awayUntil: nextCheckAt };
}

const configSchema = z.object({ recipe: recipeSchema, maxSeconds: z.int(), seed: z.int() });

/** The job as the worker gets it; its links are made now and live an hour. */
async function jobInput({ attempt, training }: Claim): Promise<JobInput> {
  const { recipe, maxSeconds, seed } = configSchema.parse(training.config);
  const images = await Promise.all(
    readManifest(training.imageManifest).map(async ({ imageId, key, sha256, caption }) => ({
      id: imageId,
      url: await store().presignGet(key, { expiresInSeconds: 3_600 }),
      sha256,
      caption,
    })),
  );
  const callback = (path: string) => `${env().CALLBACK_URL}${path}?attempt=${attempt.id}`;
  return {
    protocolVersion,
    name: attempt.jobName,
    trainingId: training.id,
    attemptId: attempt.id,
    baseModel: z.enum(baseModelIds).parse(training.baseModel),
    recipe,
    triggerWord: training.triggerWord,
    seed,
    images,
    limits: { maxSeconds, deadlineAt: training.deadlineAt.toISOString() },
    callback: {
      eventsUrl: callback(paths.trainingWebhook()),
      uploadUrl: callback(paths.trainingUpload()),
      secret: attemptSecret(env().AUTH_SECRET, attempt.id),
      heartbeatSeconds: 20,
    },
    rehearsal: rehearsalFor(training.character.name),
  };
}
