import { type Context, systemContext } from '../context.ts';
import { db } from '../db.ts';
import { log } from '../log.ts';
import { observeAttempt } from './observe-attempt.ts';
import { releaseAttempt } from './release-attempt.ts';
import { submitAttempt } from './submit-attempt.ts';

const verbByState = {
  submitting: submitAttempt,
  submitted: observeAttempt,
  ended: releaseAttempt,
} as const;

/**
 * Finds every attempt that is due by itself, whatever became of its bell: stuck in submitting, due
 * for a look, past its deadline, not released. Runs at most `limit`, eight at a time; what is
 * left is due next time. Returns how many were looked at.
 */
export async function sweepAttempts(
  clock: () => Date = () => new Date(),
  limit = 500,
): Promise<number> {
  const now = clock();
  const due = await db().trainingAttempt.findMany({
    where: {
      nextCheckAt: { lte: now },
      OR: [{ leaseUntil: null }, { leaseUntil: { lt: now } }],
    },
    orderBy: { nextCheckAt: 'asc' },
    take: limit,
    select: { id: true, state: true },
  });
  const waiting = [...due];
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const ctx: Context = systemContext('sweep', clock());
      try {
        await verbByState[next.state](ctx, { attemptId: next.id });
      } catch (error) {
        log().error({ attemptId: next.id, error }, 'a sweep step failed');
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, lane));
  return due.length;
}
