import { systemContext } from '../context.ts';
import { crashPoint } from '../crash-point.ts';
import { databaseNow } from '../database-now.ts';
import { log } from '../log.ts';
import { claimNextDue } from './claim-attempt.ts';
import { observeClaimed } from './observe-attempt.ts';
import { pollProviders } from './poll-provider.ts';
import { releaseClaimed } from './release-attempt.ts';
import { submitClaimed } from './submit-attempt.ts';

const stepByState = {
  submitting: submitClaimed,
  submitted: observeClaimed,
  ended: releaseClaimed,
} as const;

const atOnce = 8;

/**
 * Finds every attempt that is due by itself, whatever became of its bell: stuck in submitting, due
 * for a look, past its deadline, not released. Where many run at one provider they are looked at
 * with one call first (`pollProviders`). Of the others takes the longest due first, eight at a time
 * and `limit` at most; what is left is due next time, and other workers take theirs meanwhile.
 * Returns how many were looked at one by one. Throws when the database goes away under it, once
 * every step that was begun has ended.
 */
export async function sweepAttempts(
  clock: () => Date | Promise<Date> = databaseNow,
  limit = 500,
): Promise<number> {
  const dueAt = await clock();
  const polledElsewhere = await pollProviders(clock);
  let count = 0;
  const lanes: Promise<unknown>[] = [];
  const failures: unknown[] = [];
  const openLane = () => {
    // Whoever would await it is in a step of its own: unheard, a failure would end the process.
    lanes.push(lane().catch((error) => failures.push(error)));
  };
  const lane = async (): Promise<void> => {
    while (count < limit) {
      count += 1;
      const now = await clock();
      const claim = await claimNextDue(now, dueAt, polledElsewhere);
      if (!claim) {
        count -= 1;
        break;
      }
      // Where one was due another may be: a sweep that finds nothing asks only once.
      if (lanes.length < atOnce && count < limit) openLane();
      crashPoint('sweep.after-claim');
      try {
        await stepByState[claim.attempt.state](systemContext('sweep', now), claim);
      } catch (error) {
        log().error({ attemptId: claim.attempt.id, error }, 'a sweep step failed');
      }
    }
  };
  openLane();
  // Grows while it is read: a lane opens the next.
  for (const open of lanes) await open;
  if (failures.length > 0) throw failures[0];
  return count;
}
