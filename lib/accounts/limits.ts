import { createHash } from 'node:crypto';
import { RateLimiterPrisma, RateLimiterRes } from 'rate-limiter-flexible';
import { z } from 'zod';
import { noteAct } from '../acts/record-act.ts';
import { db, type Tx } from '../db.ts';
import { DomainError } from '../errors.ts';
import { type LimitName, limits, waitAfter } from './rules/limits.ts';

const daySeconds = 86_400;

const shared = globalThis as { likenessLimiters?: Map<string, RateLimiterPrisma> };

/**
 * Counts one try of `who` against a limit, across all processes; returns which it is. Throws
 * TOO_MANY_REQUESTS with the seconds to wait, which grow for those who go too far again and again,
 * where the limit says so.
 */
export async function countTry(name: LimitName, who: string): Promise<number> {
  const limit = limits[name];
  const key = hashOf(who);
  const limiter = limiterOf(name, limit);
  try {
    return (await limiter.consume(key)).consumedPoints;
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    let waitMs = refusal.msBeforeNext;
    // One of many at once is the first beyond it; only that one is written down.
    if (refusal.consumedPoints === limit.points + 1) {
      const userId = z.uuid().safeParse(who).data ?? null;
      await noteAct({ kind: 'limit.hit', by: 'anybody', userId, facts: { limit: name } });
      if ('growsTo' in limit) {
        const times = await overstepsOf(name).penalty(key);
        const seconds = waitAfter(limit, times.consumedPoints);
        await limiter.block(key, seconds);
        waitMs = seconds * 1_000;
      }
    }
    throw new DomainError('TOO_MANY_REQUESTS', { retryAfterSeconds: Math.ceil(waitMs / 1_000) });
  }
}

/** Forgets how often `who` went too far: they have shown who they are. */
export async function forgetOversteps(name: LimitName, who: string): Promise<void> {
  await overstepsOf(name).delete(hashOf(who));
}

/** Forgets every try of these, whatever it was of: for an account that goes. */
export async function forgetTries(tx: Tx, whom: string[]): Promise<void> {
  for (const who of whom) {
    await tx.rateLimiterFlexible.deleteMany({ where: { key: { endsWith: `:${hashOf(who)}` } } });
  }
}

/** Under what the tries of `who` are counted. Addresses of people and machines are not kept. */
export function limitKey(name: LimitName, who: string): string {
  return `${name}:${hashOf(who)}`;
}

function hashOf(who: string): string {
  return createHash('sha256').update(who).digest('base64url');
}

function overstepsOf(name: LimitName): RateLimiterPrisma {
  return limiterOf(`${name}:oversteps`, { points: Number.MAX_SAFE_INTEGER, duration: daySeconds });
}

function limiterOf(
  keyPrefix: string,
  { points, duration }: { points: number; duration: number },
): RateLimiterPrisma {
  shared.likenessLimiters ??= new Map();
  let limiter = shared.likenessLimiters.get(keyPrefix);
  if (!limiter) {
    limiter = new RateLimiterPrisma({ storeClient: db(), keyPrefix, points, duration });
    shared.likenessLimiters.set(keyPrefix, limiter);
  }
  return limiter;
}
