import type { Context } from '../context.ts';
import { crashPoint } from '../crash-point.ts';
import { capture, release } from '../credits/ledger.ts';
import { inTransaction, type Tx } from '../db.ts';
import type { LoraFileRole, Progress } from '../gpu/provider.ts';
import { enqueue, openQueue } from '../jobs/queue.ts';
import { log } from '../log.ts';
import { notify } from '../notifications/notify.ts';
import { type Claim, commitClaim, LostClaim } from './claim-attempt.ts';
import { grantFreeRetry } from './free-retry.ts';
import { accrued } from './gpu-cost.ts';
import { keepPoint } from './keep-point.ts';
import { newAttempt } from './new-attempt.ts';
import { patienceWith } from './patience.ts';
import { type FailureReason, failureIsOurs } from './rules/lifecycle.ts';
import { adviceByReason } from './rules/operator-advice.ts';
import { expiryFrom } from './touch-model.ts';
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
  | { kind: 'resubmit'; reason: FailureReason; message: string; progress?: Progress }
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
    crashPoint('apply.after-commit');
    tellOperator(claim, outcome);
  } catch (error) {
    if (!(error instanceof LostClaim)) throw error;
  }
}

/**
 * The creator hears one of our reasons, the operator also what to do. What a job said may quote a
 * caption, and a log cannot be deleted with an influencer: it stays in the training's row.
 */
function tellOperator({ attempt, training }: Claim, outcome: Outcome): void {
  if (outcome.kind !== 'failed' && outcome.kind !== 'resubmit') return;
  const { kind, reason } = outcome;
  const { id: attemptId, number, provider, externalJobId } = attempt;
  const about = { loraModelId: training.id, attemptId, number, provider, externalJobId };
  const facts = { ...about, reason, advice: adviceByReason[reason] };
  if (kind === 'resubmit') {
    log().warn(facts, 'a training is run again, at our cost');
    return;
  }
  const saidIn = 'lora_models.error_message';
  log()[failureIsOurs(reason) ? 'error' : 'warn']({ ...facts, saidIn }, 'a training has failed');
}

async function apply(tx: Tx, ctx: Context, claim: Claim, outcome: Outcome): Promise<void> {
  const { attempt, training } = claim;
  if (outcome.kind === 'waiting' || outcome.kind === 'running') {
    const lookEveryMs = patienceWith(attempt.provider).lookEverySeconds * 1_000;
    await commitClaim(tx, claim, {
      tries: 0,
      lastError: null,
      nextCheckAt: new Date(ctx.now.getTime() + lookEveryMs),
      ...(outcome.kind === 'running' ? accrued(attempt, outcome.progress.gpuSeconds) : {}),
    });
    if (outcome.kind === 'running') {
      await keepProgress(tx, ctx, claim, outcome.progress);
      await keepPoint(tx, ctx, claim, outcome.progress);
    }
    return;
  }

  const progress = 'progress' in outcome ? outcome.progress : undefined;
  await commitClaim(tx, claim, {
    state: 'ended',
    endedAt: ctx.now,
    outcome: outcome.kind,
    lastError: 'message' in outcome ? outcome.message.slice(0, 500) : null,
    // What is left to do, the release, counts its own.
    tries: 0,
    nextCheckAt: ctx.now,
    ...(progress ? accrued(attempt, progress.gpuSeconds) : {}),
  });
  if (progress) await keepPoint(tx, ctx, claim, progress);
  // Whatever the end, nothing may keep running or billing at the provider.
  await enqueue(tx, 'lora.attempt.release', { attemptId: attempt.id });

  if (outcome.kind === 'abandoned') return;
  if (outcome.kind === 'resubmit') {
    const next = await newAttempt(tx, {
      loraModelId: training.id,
      number: attempt.number + 1,
      provider: attempt.provider,
      endpoint: attempt.endpoint,
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
        expiresAt: expiryFrom(ctx.now),
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
  crashPoint('apply.before-commit');
  if (outcome.kind === 'cancelled') return;

  const userId = await ownerOf(tx, training.id);
  if (!userId) return;
  const facts = { characterId: training.characterId, characterName: training.character.name };
  const about = { userId, subjectId: training.id };
  if (outcome.kind !== 'failed') {
    await notify(tx, {
      ...about,
      type: 'lora.training.completed',
      facts: {
        ...facts,
        sandbox: attempt.provider === 'sandbox',
        chargedCredits: training.costCredits,
      },
    });
    // What was liked while it trained is news from now on (Q4).
    await enqueue(tx, 'lora.suggest-retrain', { characterId: training.characterId });
    return;
  }
  const freeRetry = await grantFreeRetry(tx, { ...training, userId }, outcome.reason, ctx.now);
  await notify(tx, {
    ...about,
    type: 'lora.training.failed',
    facts: { ...facts, reason: outcome.reason, releasedCredits: training.costCredits, freeRetry },
  });
}

/**
 * Whose training it is, null once its character was deleted. Asked after a write to it, which holds
 * the row: nobody is told of what they have just deleted.
 */
async function ownerOf(tx: Tx, loraModelId: string): Promise<string | null> {
  const { userId } = await tx.loraModel.findUniqueOrThrow({
    where: { id: loraModelId },
    select: { userId: true },
  });
  return userId;
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
  const { count } = await tx.loraModel.updateMany({
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
  const share = progress.step / (progress.totalSteps ?? training.trainingSteps);
  const wasBeforeHalf = training.step < training.trainingSteps / 2;
  if (count === 1 && wasBeforeHalf && share >= 0.5) await tellProgress(tx, training, share);
}

/** D12: one notice at half of a training, for those who asked for it. */
async function tellProgress(tx: Tx, training: Claim['training'], share: number): Promise<void> {
  const { notifyProgress } = await tx.character.findUniqueOrThrow({
    where: { id: training.characterId },
    select: { notifyProgress: true },
  });
  const userId = notifyProgress && (await ownerOf(tx, training.id));
  if (!userId) return;
  await notify(tx, {
    userId,
    subjectId: training.id,
    type: 'lora.training.progress',
    facts: {
      characterId: training.characterId,
      characterName: training.character.name,
      percent: Math.floor(share * 100),
    },
  });
}
