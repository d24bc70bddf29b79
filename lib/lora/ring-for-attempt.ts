import type { Context } from '../context.ts';
import { db } from '../db.ts';
import { env } from '../env.ts';
import { isBellToken } from '../gpu/signature.ts';
import { bellChannel } from '../jobs/queue.ts';

/**
 * A vendor says that something became of an attempt's job: it is due now, and looked at as ever.
 * False when the token is not that attempt's. An attempt that is over, or was deleted, has no bell.
 */
export async function ringForAttempt(
  { now }: Context,
  { attemptId, token }: { attemptId: string; token: string },
): Promise<boolean> {
  if (!isBellToken(env().AUTH_SECRET, attemptId, token)) return false;
  await db().$executeRaw`
    WITH rung AS (
      UPDATE training_attempts
         SET next_check_at = least(clock_timestamp(), ${now}::timestamptz)
       WHERE id = ${attemptId}::uuid
         AND (state = 'submitted' OR (state = 'ended' AND released_at IS NULL))
      RETURNING id)
    SELECT pg_notify(${bellChannel}, id::text) FROM rung`;
  return true;
}
