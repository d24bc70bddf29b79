import type { Tx } from '../db.ts';
import {
  type FailureReason,
  failureIsOurs,
  freeRetryDays,
  maxRetryChain,
} from './rules/lifecycle.ts';

export interface UsableFreeRetry {
  id: string;
  failedLoraModelId: string;
  baseModel: string;
  maxImages: number;
  expiresAt: Date;
  /** Its place in the chain: 1 for the first free retry. */
  retryCount: number;
}

/**
 * The free retry that would pay for such a training, or null (D8: one use, 30 days, same base
 * model, no more images than the failed one).
 */
export async function findFreeRetry(
  tx: Tx,
  wanted: { characterId: string; baseModel: string; imageCount: number; now: Date },
): Promise<UsableFreeRetry | null> {
  const retry = await tx.freeRetry.findFirst({
    where: {
      characterId: wanted.characterId,
      baseModel: wanted.baseModel,
      maxImages: { gte: wanted.imageCount },
      expiresAt: { gt: wanted.now },
      spentByLoraModelId: null,
    },
    orderBy: { expiresAt: 'asc' },
    include: { failed: { select: { retryCount: true } } },
  });
  if (!retry) return null;
  const { failed, ...rest } = retry;
  return { ...rest, retryCount: failed.retryCount + 1 };
}

/**
 * Grants the retry a failure earns; false when it earns none: the creator's input caused it, or
 * three free retries in a row have been used (D8).
 */
export async function grantFreeRetry(
  tx: Tx,
  failed: {
    id: string;
    userId: string;
    characterId: string;
    baseModel: string;
    imageCount: number;
    retryCount: number;
  },
  reason: FailureReason,
  now: Date,
): Promise<boolean> {
  if (!failureIsOurs(reason) || failed.retryCount >= maxRetryChain) return false;
  await tx.freeRetry.create({
    data: {
      userId: failed.userId,
      characterId: failed.characterId,
      failedLoraModelId: failed.id,
      baseModel: failed.baseModel,
      maxImages: failed.imageCount,
      expiresAt: new Date(now.getTime() + freeRetryDays * 86_400_000),
    },
  });
  return true;
}
