import type { TrainingAttempt } from '../../prisma/client/client.ts';
import { db, type Tx } from '../db.ts';
import { workerEventSchema } from '../gpu/protocol.ts';
import type { Observation } from '../gpu/provider.ts';
import { reportedObservation } from '../gpu/rules/reported-observation.ts';
import { bellChannel } from '../jobs/queue.ts';

/**
 * Whether this run at a provider is the attempt's job. The first that asks is, for good, whatever id
 * its submit wrote down or did not; the same run may ask again. False: another has it, and what this
 * one says is not to be kept. An attempt that has ended is claimed by nobody any more.
 */
export async function isJobOf(
  now: Date,
  attemptId: string,
  externalJobId: string,
): Promise<boolean> {
  const known = await claimedJob(attemptId);
  if (known) return known === externalJobId;
  // A submit that waits for its answer, or for another try, has it now. Whoever is looking at the job
  // that lost has looked at the wrong one: the fence drops what they bring.
  await db().$executeRaw`
    WITH known AS (
      SELECT id, state = 'submitted' AND external_job_id <> ${externalJobId} AS watches_another
        FROM training_attempts
       WHERE id = ${attemptId}::uuid AND claimed_job_id IS NULL AND state <> 'ended'
         FOR NO KEY UPDATE),
    claimed AS (
      UPDATE training_attempts attempt
         SET claimed_job_id = ${externalJobId}, external_job_id = ${externalJobId},
             fence = fence + watches_another::int,
             lease_until = CASE WHEN watches_another THEN NULL ELSE lease_until END,
             next_check_at = least(clock_timestamp(), ${now}::timestamptz)
        FROM known WHERE attempt.id = known.id
      RETURNING attempt.id, lora_model_id),
    followed AS (
      UPDATE lora_models training SET external_job_id = ${externalJobId}
        FROM claimed WHERE training.id = claimed.lora_model_id)
    SELECT pg_notify(${bellChannel}, id::text) FROM claimed`;
  return ((await claimedJob(attemptId)) ?? externalJobId) === externalJobId;
}

async function claimedJob(attemptId: string): Promise<string | null> {
  const where = { id: attemptId };
  const select = { claimedJobId: true };
  return (await db().trainingAttempt.findUnique({ where, select }))?.claimedJobId ?? null;
}

/**
 * The job that has claimed an attempt, null while none has. In the transaction that writes down what
 * a submit came to, and with the row held: a claim may come at that very moment.
 */
export async function jobThatClaimed(tx: Tx, attemptId: string): Promise<string | null> {
  const [row] = await tx.$queryRaw<{ job: string | null }[]>`
    SELECT claimed_job_id AS job FROM training_attempts WHERE id = ${attemptId}::uuid FOR UPDATE`;
  return row?.job ?? null;
}

/** The highest `seq` that was heard of an attempt, for a run that was started again. */
export async function lastSeqOf(attemptId: string): Promise<number> {
  const { _max } = await db().webhookDelivery.aggregate({
    where: { attemptId },
    _max: { seq: true },
  });
  return _max.seq ?? 0;
}

/** What the attempt's own job has reported, signed; null where no job claimed it or has said a word. */
export async function readReport(
  attempt: Pick<TrainingAttempt, 'id' | 'claimedJobId'>,
): Promise<Observation | null> {
  const { id, claimedJobId } = attempt;
  if (!claimedJobId) return null;
  const rows = await db().$queryRaw<{ body: unknown }[]>`
    (SELECT body FROM webhook_deliveries
      WHERE attempt_id = ${id}::uuid AND type IN ('progress', 'heartbeat')
        AND body->>'externalJobId' = ${claimedJobId}
      ORDER BY seq DESC LIMIT 1)
    UNION ALL
    (SELECT body FROM webhook_deliveries
      WHERE attempt_id = ${id}::uuid AND type NOT IN ('progress', 'heartbeat')
        AND body->>'externalJobId' = ${claimedJobId}
      ORDER BY seq DESC LIMIT 200)`;
  return reportedObservation(
    rows.flatMap(({ body }) => {
      const event = workerEventSchema.safeParse(body);
      return event.success ? [event.data] : [];
    }),
  );
}
