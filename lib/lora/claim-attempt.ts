import type { AttemptState, LoraModel, TrainingAttempt } from '../../prisma/client/client.ts';
import { db, type Tx } from '../db.ts';

/** How long a worker may be silent before another takes its attempt over. */
export const leaseSeconds = 30;

/** An attempt this process works on, with the fence that proves it. */
export interface Claim {
  attempt: TrainingAttempt;
  training: LoraModel & { character: { name: string } };
}

/** Another worker took the attempt over: what this one found out is dropped. */
export class LostClaim extends Error {
  override readonly name = 'LostClaim';
}

/**
 * Takes an attempt that stands in `state` and that nobody holds; null when there is nothing to
 * take. Raises the fence, so that whoever held it before can no longer commit.
 */
export async function claimAttempt(
  attemptId: string,
  state: AttemptState,
  now: Date,
): Promise<Claim | null> {
  const leaseUntil = new Date(now.getTime() + leaseSeconds * 1_000);
  const { count } = await db().trainingAttempt.updateMany({
    where: { id: attemptId, state, OR: [{ leaseUntil: null }, { leaseUntil: { lt: now } }] },
    data: { leaseUntil, fence: { increment: 1 } },
  });
  if (count === 0) return null;
  const found = await db().trainingAttempt.findUnique({
    where: { id: attemptId },
    include: { loraModel: { include: { character: { select: { name: true } } } } },
  });
  if (!found) return null;
  const { loraModel, ...attempt } = found;
  return { attempt, training: loraModel };
}

/**
 * Writes to a claimed attempt and lets it go, unless `keep` is set. Throws LostClaim when another
 * worker has taken it since.
 */
export async function commitClaim(
  tx: Tx,
  { attempt }: Claim,
  data: Parameters<Tx['trainingAttempt']['updateMany']>[0]['data'],
): Promise<void> {
  const { count } = await tx.trainingAttempt.updateMany({
    where: { id: attempt.id, fence: attempt.fence, state: attempt.state },
    data: { leaseUntil: null, ...data },
  });
  if (count === 0) throw new LostClaim(attempt.id);
}

/**
 * Runs `work` while renewing the claim's lease, for what may take longer than one lease (a large
 * file). A lost lease makes the commit afterwards fail, not the work.
 */
export async function withRenewedLease<T>(claim: Claim, work: () => Promise<T>): Promise<T> {
  const renew = () =>
    db()
      .trainingAttempt.updateMany({
        where: { id: claim.attempt.id, fence: claim.attempt.fence },
        data: { leaseUntil: new Date(Date.now() + leaseSeconds * 1_000) },
      })
      .catch(() => undefined);
  const timer = setInterval(renew, (leaseSeconds * 1_000) / 3);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
