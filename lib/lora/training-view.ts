import type { LoraFile, LoraModel } from '../../prisma/client/client.ts';
import { readManifest } from './image-manifest.ts';
import { type BaseModelId, baseModelIds, baseModels } from './rules/base-models.ts';
import { type Estimate, timeLeft } from './rules/estimate.ts';
import {
  type FailureReason,
  failureIsOurs,
  failureReasons,
  hasEnded,
  type TrainingStatus,
} from './rules/lifecycle.ts';
import { type FeedbackAnswer, feedbackAnswers } from './rules/schemas.ts';

/** One training as a creator sees it. Plain JSON; instants are ISO 8601, UTC. */
export interface TrainingView {
  id: string;
  status: TrainingStatus;
  baseModel: BaseModelId;
  baseModelLabel: string;
  triggerWord: string;
  imageCount: number;
  imageIds: string[];
  costCredits: number;
  /** Where the credits are now. */
  money: 'reserved' | 'captured' | 'released' | 'free';
  retryOfId: string | null;
  phase: string | null;
  step: number;
  totalSteps: number;
  /** What is left, as a range; null before the first step and after the end. */
  timeLeft: Estimate | null;
  deadlineAt: string;
  lastHeardAt: string | null;
  cancelRequested: boolean;
  /** Nobody could take it yet: it waits for its provider, its place and its credits kept. */
  providerBusy: boolean;
  createdAt: string;
  startedAt: string | null;
  completedAt: string | null;
  durationMs: number | null;
  expiresAt: string | null;
  /** When its weights were removed (D13); the history stays. */
  expiredAt: string | null;
  failure: { reason: FailureReason; ours: boolean } | null;
  /** Until when this failure's free retry can be used; null when there is none. */
  freeRetryUntil: string | null;
  /** Its result was made by the sandbox GPU: an empty adapter. */
  sandbox: boolean;
  files: { role: string; bytes: number; sha256: string }[];
  /** Pictures the trainer made on the way. */
  sampleCount: number;
  /** The creator's word on the model; null while it was not asked or given. */
  feedback: FeedbackAnswer | null;
}

type TrainingRow = LoraModel & {
  files: LoraFile[];
  grantedRetry: { expiresAt: Date; spentByLoraModelId: string | null } | null;
  feedback: { answer: string } | null;
  /** The attempt that waits to be submitted, if any. */
  attempts: { tries: number; awayUntil: Date | null }[];
  _count: { samples: number };
};

/** What `trainingView` needs to be loaded with a training. */
export const trainingInclude = {
  files: { orderBy: { role: 'asc' } },
  grantedRetry: { select: { expiresAt: true, spentByLoraModelId: true } },
  feedback: { select: { answer: true } },
  attempts: { where: { state: 'submitting' }, select: { tries: true, awayUntil: true } },
  _count: { select: { samples: true } },
} as const;

/** The creator's view of a training row at the instant `now`. */
export function trainingView(row: TrainingRow, now: Date): TrainingView {
  const baseModel = baseModelIds.find((id) => id === row.baseModel) ?? 'z-image-turbo';
  const ended = hasEnded(row.status);
  const reason = isFailureReason(row.failureReason) ? row.failureReason : null;
  const retry = row.grantedRetry;
  const usable = retry && !retry.spentByLoraModelId && retry.expiresAt > now;
  return {
    id: row.id,
    status: row.status,
    baseModel,
    baseModelLabel: baseModels[baseModel].label,
    triggerWord: row.triggerWord,
    imageCount: row.imageCount,
    imageIds: readManifest(row.imageManifest).map(({ imageId }) => imageId),
    costCredits: row.costCredits,
    money: moneyOf(row),
    retryOfId: row.retryOfId,
    phase: row.phase,
    step: row.step,
    totalSteps: row.trainingSteps,
    timeLeft: ended
      ? null
      : timeLeft({
          step: row.step,
          totalSteps: row.trainingSteps,
          secondsPerStep: row.secondsPerStep,
        }),
    deadlineAt: row.deadlineAt.toISOString(),
    lastHeardAt: row.lastHeardAt?.toISOString() ?? null,
    cancelRequested: row.cancelRequestedAt !== null && !ended,
    providerBusy:
      !ended && row.attempts.some(({ tries, awayUntil }) => tries > 0 || awayUntil !== null),
    createdAt: row.createdAt.toISOString(),
    startedAt: row.trainingStartedAt?.toISOString() ?? null,
    completedAt: row.trainingCompletedAt?.toISOString() ?? null,
    durationMs: row.trainingDurationMs,
    expiresAt: row.expiresAt?.toISOString() ?? null,
    expiredAt: row.expiredAt?.toISOString() ?? null,
    failure: reason ? { reason, ours: failureIsOurs(reason) } : null,
    freeRetryUntil: usable ? retry.expiresAt.toISOString() : null,
    sandbox: row.externalProvider === 'sandbox',
    // A failed training may hold a late result; it is the free retry's, not shown here.
    files:
      row.status === 'ready' && !row.expiredAt
        ? row.files.map(({ role, bytes, sha256 }) => ({ role, bytes: Number(bytes), sha256 }))
        : [],
    sampleCount: row._count.samples,
    feedback: feedbackAnswers.find((answer) => answer === row.feedback?.answer) ?? null,
  };
}

function moneyOf(row: LoraModel): TrainingView['money'] {
  if (row.costCredits === 0) return 'free';
  if (row.status === 'ready') return 'captured';
  return hasEnded(row.status) ? 'released' : 'reserved';
}

function isFailureReason(value: string | null): value is FailureReason {
  return value !== null && Object.hasOwn(failureReasons, value);
}
