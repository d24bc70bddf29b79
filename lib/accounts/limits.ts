import { RateLimiterPrisma, RateLimiterRes } from 'rate-limiter-flexible';
import { db } from '../db.ts';
import { DomainError } from '../errors.ts';

const limits = {
  signInAccount: { points: 10, duration: 60 },
  signInAddress: { points: 30, duration: 60 },
  signUpAddress: { points: 20, duration: 3_600 },
} as const;
type Limit = keyof typeof limits;

const shared = globalThis as { likenessLimiters?: Map<Limit, RateLimiterPrisma> };

/**
 * Counts one try of `who` against a limit, across all processes. Throws TOO_MANY_REQUESTS with the
 * seconds to wait.
 */
export async function countTry(limit: Limit, who: string): Promise<void> {
  shared.likenessLimiters ??= new Map();
  let limiter = shared.likenessLimiters.get(limit);
  if (!limiter) {
    limiter = new RateLimiterPrisma({ storeClient: db(), keyPrefix: limit, ...limits[limit] });
    shared.likenessLimiters.set(limit, limiter);
  }
  try {
    await limiter.consume(who);
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    throw new DomainError('TOO_MANY_REQUESTS', {
      retryAfterSeconds: Math.ceil(refusal.msBeforeNext / 1_000),
    });
  }
}
