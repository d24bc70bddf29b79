import type { Context } from '../context.ts';
import { capture, release } from '../credits/ledger.ts';
import { inTransaction, type Tx } from '../db.ts';
import { env } from '../env.ts';
import { configuredProvider } from '../gpu/configured-provider.ts';
import type { LoraFileRole, Progress } from '../gpu/provider.ts';
import { enqueue, openQueue } from '../jobs/queue.ts';
import { notify } from '../notifications/notify.ts';
import { type Claim, commitClaim, LostClaim } from './claim-attempt.ts';
import { grantFreeRetry } from './free-retry.ts';
import { newAttempt } from './new-attempt.ts';
import { patienceWith } from './patience.ts';
import type { FailureReason } from './rules/lifecycle.ts';
import { transition } from './transition.ts';

/** A checked file in our store. */
export interface KeptFile {
  role: LoraFileRole;
  key: string;
  bytes: number;
  sha256: string;
  rank: number;
  tensorCount: number;
}

/** What an attempt came to, decided by whoever holds its claim. */
export type Outcome =
  | { kind: 'waiting' }
  | { kind: 'running'; progress: Progress }
  | { kind: 'ready'; files: KeptFile[]; progress: Progress }
  /** Ready with the files that a failed training's late result left (decisions, late results). */
  | { kind: 'claimed'; fromLoraModelId: string; modelPath: string }
  | { kind: 'failed'; reason: FailureReason; message: string; progress?: Progress }
  | { kind: 'resubmit'; message: string; progress?: Progress }
  | { kind: 'cancelled' }
  /** The training ended without this attempt; only what runs at the provider is left to clean. */
  | { kind: 'abandoned' };

/**
 * Writes what an attempt came to: status, money, notice and next job in one transaction, the only
 * one that ends a training (house, step 7; D2, D8). Does nothing when the claim was lost or the
 * training had ended: terminal states absorb.
 */
export async function applyObservation(
  ctx: Context,
  claim: Claim,
  outcome: Outcome,
): Promise<void> {
  await openQueue();
  try {
    await inTransaction((tx) => apply(tx, ctx, claim, outcome));
  } catch (error) {
    if (!(error instanceof LostClaim)) throw error;
  }
}

async function apply(tx: Tx, ctx: Context, claim: Claim, outcome: Outcome): Promise<void> {
  const { attempt, training } = claim;
  if (outcome.kind === 'waiting' || outcome.kind === 'running') {
    const lookEveryMs = patienceWith(attempt.provider).lookEverySeconds * 1_000;
    await commitClaim(tx, claim, {
      tries: 0,
      lastError: null,
      nextCheckAt: new Date(ctx.now.getTime() + lookEveryMs),
      ...(outcome.kind === 'running' ? cost(claim, outcome.progress) : {}),
    });
    if (outcome.kind === 'running') await keepProgress(tx, ctx, claim, outcome.progress);
    return;
  }

  const progress = 'progress' in outcome ? outcome.progress : undefined;
  await commitClaim(tx, claim, {
    state: 'ended',
    endedAt: ctx.now,
    outcome: outcome.kind,
    lastError: 'message' in outcome ? outcome.message.slice(0, 500) : null,
    nextCheckAt: ctx.now,
    ...(progress ? cost(claim, progress) : {}),
  });
  // Whatever the end, nothing may keep running or billing at the provider.
  await enqueue(tx, 'lora.attempt.release', { attemptId: attempt.id });

  if (outcome.kind === 'abandoned') return;
  if (outcome.kind === 'resubmit') {
    const next = await newAttempt(tx, {
      loraModelId: training.id,
      number: attempt.number + 1,
      provider: attempt.provider,
      now: ctx.now,
    });
    await enqueue(tx, 'lora.attempt.submit', { attemptId: next.id });
    return;
  }
  await endTraining(tx, ctx, claim, outcome);
}

/** Ends the training and settles its hold; used for every end, once. */
async function endTraining(
  tx: Tx,
  ctx: Context,
  { attempt, training }: Claim,
  outcome: Extract<Outcome, { kind: 'ready' | 'claimed' | 'failed' | 'cancelled' }>,
): Promise<void> {
  const end = outcome.kind === 'claimed' ? 'ready' : outcome.kind;
  const reason = reasonOf(outcome);
  // A result can be there before we ever saw the job run.
  if (end === 'ready') {
    await transition(tx, training.id, 'pending', 'training', {
      actor: ctx.actor,
      reason,
      data: { trainingStartedAt: training.trainingStartedAt ?? ctx.now },
    });
  }
  if (outcome.kind === 'ready') {
    for (const file of outcome.files) {
      await tx.loraFile.create({
        data: { ...file, loraModelId: training.id, attemptId: attempt.id },
      });
    }
  }
  if (outcome.kind === 'claimed') {
    const { count } = await tx.loraFile.updateMany({
      where: { loraModelId: outcome.fromLoraModelId },
      data: { loraModelId: training.id },
    });
    if (count === 0) throw new LostClaim(attempt.id);
  }
  const current = await tx.loraModel.findUniqueOrThrow({
    where: { id: training.id },
    select: { status: true, trainingStartedAt: true },
  });
  const spent = await tx.trainingAttempt.aggregate({
    where: { loraModelId: training.id },
    _sum: { gpuCostMicroUsd: true },
  });
  const startedAt = current.trainingStartedAt ?? ctx.now;
  const moved = await transition(tx, training.id, current.status, end, {
    actor: ctx.actor,
    reason,
    data: {
      trainingCompletedAt: ctx.now,
      trainingDurationMs: ctx.now.getTime() - startedAt.getTime(),
      gpuCostMicroUsd: spent._sum.gpuCostMicroUsd ?? 0n,
      ...(end === 'ready' && {
        modelPath: modelPathOf(outcome),
        step: training.trainingSteps,
        expiresAt: new Date(ctx.now.getTime() + env().LORA_EXPIRY_DAYS * 86_400_000), // D13
      }),
      ...(outcome.kind === 'failed' && {
        failureReason: outcome.reason,
        errorMessage: outcome.message.slice(0, 500),
      }),
    },
  });
  if (!moved) throw new LostClaim(attempt.id);

  if (training.holdId) {
    await (end === 'ready' ? capture : release)(tx, training.holdId);
  }
  if (outcome.kind === 'cancelled') return;

  const facts = { characterId: training.characterId, characterName: training.character.name };
  const about = { userId: training.userId, subjectId: training.id };
  if (outcome.kind !== 'failed') {
    await notify(tx, {
      ...about,
      type: 'lora.training.completed',
      facts: { ...facts, sandbox: attempt.provider === 'sandbox' },
    });
    return;
  }
  const freeRetry = await grantFreeRetry(tx, training, outcome.reason, ctx.now);
  await notify(tx, {
    ...about,
    type: 'lora.training.failed',
    facts: { ...facts, reason: outcome.reason, releasedCredits: training.costCredits, freeRetry },
  });
}

function modelPathOf(outcome: Outcome): string | undefined {
  if (outcome.kind === 'claimed') return outcome.modelPath;
  return outcome.kind === 'ready' ? outcome.files[0]?.key : undefined;
}

function reasonOf(outcome: Outcome): string | undefined {
  if (outcome.kind === 'claimed') return 'late result claimed';
  return outcome.kind === 'failed' ? outcome.reason : undefined;
}

async function keepProgress(tx: Tx, ctx: Context, { training }: Claim, progress: Progress) {
  const moved = progress.step > training.step || progress.phase !== training.phase;
  await transition(tx, training.id, 'pending', 'training', {
    actor: ctx.actor,
    data: { trainingStartedAt: ctx.now },
  });
  // Never backwards: an older look that arrives late changes nothing.
  await tx.loraModel.updateMany({
    where: { id: training.id, status: 'training', step: { lte: progress.step } },
    data: {
      step: progress.step,
      phase: progress.phase,
      loss: progress.loss,
      secondsPerStep: progress.secondsPerStep,
      ...(progress.totalSteps ? { trainingSteps: progress.totalSteps } : {}),
      ...(moved ? { lastHeardAt: ctx.now } : {}),
    },
  });
}

/** What the GPU cost us so far, in whole micro-dollars (D3). */
function cost({ attempt }: Claim, progress: Progress) {
  const { microUsdPerSecond } = configuredProvider(attempt.provider).price();
  const gpuSeconds = Math.max(attempt.gpuSeconds, progress.gpuSeconds);
  return { gpuSeconds, gpuCostMicroUsd: BigInt(Math.round(gpuSeconds * microUsdPerSecond)) };
}
