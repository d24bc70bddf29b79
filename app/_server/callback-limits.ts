import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import { log } from '@/lib/log.ts';
import { addressOf } from './client-address';

const windowSeconds = 60;

/**
 * Callbacks with a bad signature, by network address. Counted in this process' memory: what is
 * nobody's must not cost a query. High, because many workers may share the address of one host, and
 * good callbacks are not counted at all.
 */
const forged = new RateLimiterMemory({ points: 20_000, duration: windowSeconds });

/**
 * Callbacks with a good signature, by attempt: several times what a trainer has to say (section 4 of
 * docs/worker-protocol.md). One that goes round in circles must not fill the tables.
 */
const heard = new RateLimiterMemory({ points: 300, duration: windowSeconds });

/** The answer to an attempt that has sent too much, before the body is read; or null. */
export async function refuseTooMany(attemptId: string): Promise<Response | null> {
  const state = await heard.get(attemptId);
  return state && state.remainingPoints <= 0 ? tooMany(state) : null;
}

/** Counts a callback that was really the attempt's: nobody else can use up what it may send. */
export async function countHeard(attemptId: string): Promise<void> {
  const state = await heard.penalty(attemptId);
  if (state.consumedPoints === heard.points) {
    log().warn({ attemptId }, 'a trainer sends far too much and is not heard for a minute');
  }
}

/** The answer to an address that keeps sending bad signatures, before anything of it is read; or null. */
export async function refuseFlood(request: Request): Promise<Response | null> {
  const state = await forged.get(addressOf(request.headers));
  return state && state.remainingPoints <= 0 ? tooMany(state) : null;
}

/** The answer to a bad signature, whichever it was. */
export async function refuseForged(request: Request, status: 400 | 401): Promise<Response> {
  const state = await forged.penalty(addressOf(request.headers));
  if (state.remainingPoints === 0 && state.consumedPoints === forged.points) {
    log().warn('an address sends nothing but bad signatures and is not heard for a minute');
  }
  return new Response(null, { status });
}

function tooMany({ msBeforeNext }: RateLimiterRes): Response {
  const seconds = Math.max(1, Math.ceil(msBeforeNext / 1_000));
  return new Response(null, { status: 429, headers: { 'retry-after': String(seconds) } });
}
