import { db, inTransaction } from '../db.ts';
import { env } from '../env.ts';
import { configuredProvider } from '../gpu/configured-provider.ts';
import { type GpuProvider, ProviderError } from '../gpu/provider.ts';
import { log } from '../log.ts';
import { admission, afterAnswer, afterFailure, type Breaker, isHealthy } from './rules/breaker.ts';
import { adviceByKind } from './rules/operator-advice.ts';

/** The provider was not asked: it has not answered of late. To be tried again when it says. */
export class ProviderAway extends ProviderError {
  constructor(provider: string, retryAfterMs: number) {
    super('retry', `${provider} is given time to recover.`, retryAfterMs);
  }
}

/**
 * One call to a provider, behind the breaker that all workers share (docs/decisions/012-breaker.md).
 * Throws `ProviderAway` without a call while it is open; else what the call throws.
 */
export async function askProvider<T>(
  id: string,
  now: Date,
  call: (provider: GpuProvider) => Promise<T>,
  endpoint: string | null = null,
): Promise<T> {
  const known = await db().gpuProvider.findUnique({ where: { id } });
  if (known) await demandAdmission(id, known as Breaker, now);
  try {
    const answer = await call(configuredProvider(id, endpoint));
    if (known && !isHealthy(known as Breaker, now)) await change(id, (b) => afterAnswer(b, now));
    return answer;
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    if (error.kind === 'busy' || error.kind === 'reject') {
      if (known && !isHealthy(known as Breaker, now)) await change(id, (b) => afterAnswer(b, now));
      throw error;
    }
    const kind = error.kind === 'config' ? 'config' : 'away';
    await change(
      id,
      (breaker) =>
        afterFailure(
          breaker,
          now,
          { kind, retryAfterMs: error.retryAfterMs },
          env().GPU_PAUSE_SECONDS,
        ),
      `${error.kind}: ${error.message}`.slice(0, 500),
    );
    throw error;
  }
}

/**
 * Whether there is any use in asking a provider for a job by its name, or for its list. Not asked
 * through the breaker: a call that asks nobody must not count as an answer. Of one that nobody has
 * set up yes, so that whoever asks hears of that.
 */
export function canLookUp(id: string, endpoint: string | null = null): boolean {
  try {
    return !configuredProvider(id, endpoint).lacksLookup;
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return true;
  }
}

async function demandAdmission(id: string, breaker: Breaker, now: Date): Promise<void> {
  const admitted = admission(breaker, now);
  if (admitted === 'yes') return;
  if (admitted === 'probe') {
    const { count } = await db().gpuProvider.updateMany({
      where: { id, OR: [{ probeUntil: null }, { probeUntil: { lte: now } }] },
      data: { probeUntil: new Date(now.getTime() + env().GPU_PAUSE_SECONDS * 1_000) },
    });
    if (count === 1) return;
  }
  const notBefore = admitted === 'probe' ? now.getTime() + 1_000 : admitted.notBefore.getTime();
  // Not all at the same moment when it is over.
  const spreadMs = Math.round((Math.random() * env().GPU_PAUSE_SECONDS * 1_000) / 6);
  throw new ProviderAway(id, notBefore - now.getTime() + spreadMs);
}

async function change(
  id: string,
  next: (breaker: Breaker) => Breaker,
  lastError: string | null = null,
): Promise<void> {
  await db().gpuProvider.createMany({ data: [{ id }], skipDuplicates: true });
  await inTransaction(async (tx) => {
    await tx.$queryRaw`SELECT id FROM gpu_providers WHERE id = ${id} FOR UPDATE`;
    const before = (await tx.gpuProvider.findUniqueOrThrow({ where: { id } })) as Breaker;
    const after = next(before);
    const { failures, windowFrom, windowCalls, windowFailures } = after;
    const { openUntil, openSeconds, probeUntil, trouble } = after;
    const counts = { failures, windowFrom, windowCalls, windowFailures };
    const state = { openUntil, openSeconds, probeUntil, trouble };
    await tx.gpuProvider.update({ where: { id }, data: { ...counts, ...state, lastError } });
    if (after.trouble && after.openUntil?.getTime() !== before.openUntil?.getTime()) {
      const advice = adviceByKind[trouble === 'config' ? 'config' : 'retry'];
      log().error(
        { provider: id, trouble, openUntil, lastError, advice },
        'a GPU provider is given time',
      );
    }
    if (before.trouble && !after.trouble) log().info({ provider: id }, 'a GPU provider is back');
  });
}
