import type { Prisma } from '../../prisma/client/client.ts';
import type { CreatorContext } from '../context.ts';
import { db, isUniqueViolation } from '../db.ts';
import { DomainError, demand } from '../errors.ts';

/** A request without an answer for this long was cut off by a crash: it may run again. */
export const cutOffAfterMs = 60_000;
const askAgainSeconds = 2;

/** What a request is answered, as far as a repeat needs it. A body of null is none. */
export interface StoredAnswer {
  status: number;
  body: unknown;
}

/**
 * Runs `work` once for an Idempotency-Key and answers a repeat the same. The first request claims the
 * row; its answer is stored unless it was trouble of ours (5xx), which leaves the key free. A first
 * request that never answered may run again after a minute: what it calls derives its ids from the
 * key, so nothing is done twice.
 *
 * Refuses REQUEST_REUSED for the same key with another request, and REQUEST_IN_PROGRESS while the
 * first is under way.
 */
export async function answerOnce(
  ctx: CreatorContext,
  request: { key: string; operation: string; hash: string },
  work: () => Promise<StoredAnswer>,
): Promise<StoredAnswer & { replayed: boolean }> {
  const row = { userId: ctx.actor.userId, key: request.key, operation: request.operation };
  const stored = await claim(ctx, row, request.hash);
  if (stored) return { ...stored, replayed: true };

  // Ours as long as nobody took the row over: a later claim has a later time.
  const claimed = { ...row, createdAt: ctx.now, responseStatus: null };
  let answer: StoredAnswer;
  try {
    answer = await work();
  } catch (error) {
    await db().idempotencyKey.deleteMany({ where: claimed });
    throw error;
  }
  if (answer.status >= 500) {
    await db().idempotencyKey.deleteMany({ where: claimed });
  } else {
    await db().idempotencyKey.updateMany({
      where: claimed,
      data: {
        responseStatus: answer.status,
        ...(answer.body !== null && { responseBody: answer.body as Prisma.InputJsonValue }),
      },
    });
  }
  return { ...answer, replayed: false };
}

type Row = Pick<Prisma.IdempotencyKeyUncheckedCreateInput, 'userId' | 'key' | 'operation'>;

/** Null: the request is ours to run. Else what it was answered before. */
async function claim(
  ctx: CreatorContext,
  row: Row,
  requestHash: string,
): Promise<StoredAnswer | null> {
  try {
    await db().idempotencyKey.create({ data: { ...row, requestHash, createdAt: ctx.now } });
    return null;
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
  }
  const before = await db().idempotencyKey.findUnique({
    where: { userId_key_operation: row },
  });
  // Freed in the meantime by an answer that was not stored.
  if (!before) throw inProgress();
  demand(before.requestHash === requestHash, 'REQUEST_REUSED');
  if (before.responseStatus !== null) {
    return { status: before.responseStatus, body: before.responseBody };
  }
  if (before.createdAt.getTime() > ctx.now.getTime() - cutOffAfterMs) throw inProgress();
  const { count } = await db().idempotencyKey.updateMany({
    where: { ...row, createdAt: before.createdAt, responseStatus: null },
    data: { createdAt: ctx.now },
  });
  if (count === 0) throw inProgress();
  return null;
}

function inProgress(): DomainError {
  return new DomainError('REQUEST_IN_PROGRESS', { retryAfterSeconds: askAgainSeconds });
}
