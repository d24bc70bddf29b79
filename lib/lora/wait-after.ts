import type { TrainingAttempt } from '../../prisma/client/client.ts';
import type { Context } from '../context.ts';
import type { ProviderError } from '../gpu/provider.ts';
import { ProviderAway } from './ask-provider.ts';
import { backoffMs } from './rules/patience.ts';

/**
 * What is written of an attempt whose provider could not be asked, or did not do what it was asked:
 * when it is tried again. While it is not even asked no try is counted, nor the time against
 * anybody's patience; one call that goes wrong is no excuse for a job that stands still.
 */
export function waitAfter(
  ctx: Context,
  { tries }: Pick<TrainingAttempt, 'tries'>,
  error: ProviderError,
) {
  const waitMs = error.retryAfterMs ?? backoffMs(tries, Math.random());
  const nextCheckAt = new Date(ctx.now.getTime() + waitMs);
  return {
    nextCheckAt,
    lastError: `${error.kind}: ${error.message}`.slice(0, 500),
    ...(error instanceof ProviderAway ? { awayUntil: nextCheckAt } : { tries: tries + 1 }),
  };
}
