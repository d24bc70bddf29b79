import type {
  AttemptState,
  LoraModel,
  Prisma,
  TrainingAttempt,
} from '../../prisma/client/client.ts';
import type { Context } from '../context.ts';
import { db, type Tx } from '../db.ts';
import { env } from '../env.ts';
import { log } from '../log.ts';
import { backoffMs } from './rules/patience.ts';

/** How long a worker may be silent before another takes its attempt over. */
export function leaseMs(): number {
  return env().ATTEMPT_LEASE_SECONDS * 1_000;
}

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
 * take. Raises the fence, so that whoever held it before can no longer commit. `now` is the
 * database's (`databaseNow`): the clocks of several machines never agree.
 */
export async function claimAttempt(
  attemptId: string,
  state: AttemptState,
  now: Date,
): Promise<Claim | null> {
  const leaseUntil = new Date(now.getTime() + leaseMs());
  const { count } = await db().trainingAttempt.updateMany({
    where: { id: attemptId, state, OR: [{ leaseUntil: null }, { leaseUntil: { lt: now } }] },
    data: { leaseUntil, fence: { increment: 1 } },
  });
  return count === 0 ? null : readClaim(attemptId);
}

/**
 * Takes the attempt that has been due the longest, whatever its state; null when none was at
 * `dueAt`. Workers that ask at the same moment get different ones, and none waits for another.
 * Leaves what runs at the providers in `except` alone.
 */
export async function claimNextDue(
  now: Date,
  dueAt: Date = now,
  except: readonly string[] = [],
): Promise<Claim | null> {
  const [taken] = await db().$queryRaw<{ id: string }[]>`
    WITH next AS MATERIALIZED (
      SELECT id FROM training_attempts
       WHERE next_check_at <= ${dueAt} AND (lease_until IS NULL OR lease_until < ${now})
         AND NOT (state = 'submitted' AND provider = ANY (${except}::text[]))
       ORDER BY next_check_at LIMIT 1
         FOR UPDATE SKIP LOCKED)
    UPDATE training_attempts attempt
       SET lease_until = ${new Date(now.getTime() + leaseMs())}, fence = fence + 1
      FROM next WHERE attempt.id = next.id
    RETURNING attempt.id`;
  return taken ? readClaim(taken.id) : null;
}

async function readClaim(attemptId: string): Promise<Claim | null> {
  const found = await db().trainingAttempt.findUnique({
    where: { id: attemptId },
    include: { loraModel: { include: { character: { select: { name: true } } } } },
  });
  if (!found) return null;
  const { loraModel, ...attempt } = found;
  return { attempt, training: loraModel };
}

/**
 * Runs one step under its claim. A step that throws gives the lease back and is due again after a
 * moment, so that nobody waits for the lease to end; the error goes on to whoever called.
 */
export async function underClaim(
  ctx: Context,
  { attempt }: Claim,
  step: () => Promise<void>,
): Promise<void> {
  try {
    await step();
  } catch (error) {
    await db()
      .trainingAttempt.updateMany({
        where: { id: attempt.id, fence: attempt.fence },
        data: {
          leaseUntil: null,
          tries: { increment: 1 },
          nextCheckAt: new Date(ctx.now.getTime() + backoffMs(attempt.tries, Math.random())),
        },
      })
      // The database may be what failed; then the lease ends by itself.
      .catch((cause) => log().warn({ attemptId: attempt.id, cause }, 'a lease was not given back'));
    throw error;
  }
}

/**
 * Writes to a claimed attempt and lets it go. A bell that has rung since it was taken is not
 * overwritten: what it rang for may be newer than what was looked at. Throws LostClaim when another
 * worker has taken it since.
 */
export async function commitClaim(
  tx: Tx,
  { attempt: { id, fence, state, nextCheckAt } }: Claim,
  data: Prisma.TrainingAttemptUpdateManyMutationInput,
): Promise<void> {
  const ours = { id, fence, state };
  const write = (where: object, change: typeof data) =>
    tx.trainingAttempt.updateMany({ where, data: { leaseUntil: null, ...change } });
  const unrung = await write({ ...ours, nextCheckAt }, data);
  if (unrung.count > 0) return;
  const { nextCheckAt: _, ...rest } = data;
  const rung = await write(ours, rest);
  if (rung.count === 0) throw new LostClaim(id);
}

/**
 * To be asked before something is done outside that cannot be taken back. Throws LostClaim when
 * another worker has taken the attempt since: it may have seen what this one has not.
 */
export async function confirmClaim({ id, fence }: TrainingAttempt): Promise<void> {
  const held = await db().trainingAttempt.count({ where: { id, fence } });
  if (held === 0) throw new LostClaim(id);
}

/**
 * Runs `work` while renewing the claim's lease, for what may take longer than one lease (a large
 * file). A lost lease makes the commit afterwards fail, not the work.
 */
export async function withRenewedLease<T>(claim: Claim, work: () => Promise<T>): Promise<T> {
  const { id, fence } = claim.attempt;
  const renew = () =>
    db().$executeRaw`
      UPDATE training_attempts
         SET lease_until = clock_timestamp() + ${leaseMs()} * interval '1 millisecond'
       WHERE id = ${id}::uuid AND fence = ${fence}`.catch(() => undefined);
  const timer = setInterval(renew, leaseMs() / 3);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
