import { z } from 'zod';
import type { Context } from '../context.ts';
import { inTransaction } from '../db.ts';
import { env } from '../env.ts';
import { configuredProvider } from '../gpu/configured-provider.ts';
import { type JobInput, protocolVersion, recipeSchema } from '../gpu/protocol.ts';
import { ProviderError } from '../gpu/provider.ts';
import { attemptSecret } from '../gpu/signature.ts';
import { log } from '../log.ts';
import { paths } from '../paths.ts';
import { store } from '../storage/store.ts';
import { applyObservation } from './apply-observation.ts';
import { type Claim, claimAttempt, commitClaim } from './claim-attempt.ts';
import { readManifest } from './image-manifest.ts';
import { claimLateResult } from './late-result.ts';
import { patienceWith } from './patience.ts';
import { baseModelIds } from './rules/base-models.ts';
import { hasEnded } from './rules/lifecycle.ts';
import { backoffMs } from './rules/patience.ts';
import { rehearsalFor } from './rules/rehearsals.ts';

/**
 * Hands a committed attempt to its provider: looks for our own job by its name first, so that a
 * crash between the call and the commit never makes a second job. Safe to call at any time, by
 * anyone, again.
 */
export async function submitAttempt(ctx: Context, input: { attemptId: string }): Promise<void> {
  const claim = await claimAttempt(input.attemptId, 'submitting', ctx.now);
  if (!claim) return;
  const { attempt, training } = claim;

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
  const waitedSeconds = (ctx.now.getTime() - attempt.createdAt.getTime()) / 1_000;
  const tooLate = waitedSeconds > patience.queueSeconds || ctx.now > training.deadlineAt;
  const provider = configuredProvider(attempt.provider);
  try {
    const found = await provider.findByName(attempt.jobName);
    if (!found && tooLate) {
      await applyObservation(ctx, claim, {
        kind: 'failed',
        reason: 'GPU_UNAVAILABLE',
        message: attempt.lastError ?? 'no provider took the job in time',
      });
      return;
    }
    const { externalJobId } = found ?? (await provider.submit(await jobInput(claim)));
    await inTransaction(async (tx) => {
      await commitClaim(tx, claim, {
        state: 'submitted',
        externalJobId,
        submittedAt: ctx.now,
        tries: 0,
        lastError: null,
        nextCheckAt: new Date(ctx.now.getTime() + patience.lookEverySeconds * 1_000),
      });
      await tx.loraModel.update({
        where: { id: training.id },
        data: { externalJobId, lastHeardAt: ctx.now },
      });
    });
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    await onProviderError(ctx, claim, error, tooLate);
  }
}

async function onProviderError(
  ctx: Context,
  claim: Claim,
  error: ProviderError,
  tooLate: boolean,
): Promise<void> {
  const { attempt, training } = claim;
  log()[error.kind === 'config' ? 'error' : 'warn'](
    { attemptId: attempt.id, loraModelId: training.id, kind: error.kind, error },
    'the GPU provider did not take a job',
  );
  if (error.kind === 'reject' || tooLate) {
    await applyObservation(ctx, claim, {
      kind: 'failed',
      reason: error.kind === 'reject' ? 'INTERNAL' : 'GPU_UNAVAILABLE',
      message: error.message,
    });
    return;
  }
  const waitMs = error.retryAfterMs ?? backoffMs(attempt.tries, Math.random());
  await inTransaction((tx) =>
    commitClaim(tx, claim, {
      tries: { increment: 1 },
      lastError: `${error.kind}: ${error.message}`.slice(0, 500),
      nextCheckAt: new Date(ctx.now.getTime() + waitMs),
    }),
  );
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
      eventsUrl: callback(paths.trainingWebhook(attempt.provider)),
      uploadUrl: callback(paths.trainingUpload(attempt.provider)),
      secret: attemptSecret(env().AUTH_SECRET, attempt.id),
      heartbeatSeconds: 20,
    },
    rehearsal: rehearsalFor(training.character.name),
  };
}
