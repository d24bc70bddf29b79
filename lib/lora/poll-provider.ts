import { crashPoint } from '../crash-point.ts';
import { db } from '../db.ts';
import { type ListedJob, ProviderError } from '../gpu/provider.ts';
import { log } from '../log.ts';
import { askProvider, canLookUp, ProviderAway } from './ask-provider.ts';
import { leaseMs } from './claim-attempt.ts';
import { accrued } from './gpu-cost.ts';
import { patienceWith } from './patience.ts';
import { backoffMs } from './rules/patience.ts';
import { type RoutineLook, routineLook, type Watched } from './rules/routine-look.ts';

/** From so many due at once on, one list call is cheaper than a look at each. */
const listFrom = 5;
/** Written at once, so that no statement holds many rows for long. */
const chunk = 1_000;

interface SubmittedRow extends Watched {
  id: string;
  fence: number;
  externalJobId: string;
  nextCheckAt: Date;
  gpuSeconds: number;
  microUsdPerSecond: number | null;
  rentedSince: Date | null;
  spentInVainMicroUsd: bigint;
  provider: string;
}

type Clock = () => Date | Promise<Date>;

/**
 * Where many submitted attempts of one provider are due, looks at all that run there with a single
 * list call and writes down what is routine: they wait, or they run on. What is left is due as
 * before and goes to `observeAttempt`: jobs that ended, that the list does not tell of or does not
 * show, and all of a provider without a list. Absence from a list alone means nothing.
 *
 * Returns the providers another worker is looking at right now; their attempts are best left alone
 * for a moment.
 */
export async function pollProviders(clock: Clock): Promise<string[]> {
  const now = await clock();
  const crowded = await db().$queryRaw<{ provider: string }[]>`
    SELECT provider FROM training_attempts
     WHERE state = 'submitted' AND next_check_at <= ${now}
       AND (lease_until IS NULL OR lease_until < ${now})
     GROUP BY provider HAVING count(*) >= ${listFrom}`;
  const busy: string[] = [];
  for (const { provider } of crowded) {
    if (!canLookUp(provider)) continue;
    const leaseUntil = await takeList(provider, now);
    if (!leaseUntil) {
      busy.push(provider);
      continue;
    }
    try {
      await pollProvider(provider, clock);
    } finally {
      // Our own alone: of whoever was slower than their lease, another has it now.
      await db().gpuProvider.updateMany({
        where: { id: provider, listLeaseUntil: leaseUntil },
        data: { listLeaseUntil: null },
      });
    }
  }
  return busy;
}

/** Until when this worker alone may ask for the list; null while another may. */
async function takeList(provider: string, now: Date): Promise<Date | null> {
  const until = new Date(now.getTime() + 2 * leaseMs());
  const count = await db().$executeRaw`
    INSERT INTO gpu_providers AS known (id, list_lease_until) VALUES (${provider}, ${until})
    ON CONFLICT (id) DO UPDATE SET list_lease_until = ${until}
     WHERE known.list_lease_until IS NULL OR known.list_lease_until < ${now}`;
  return count === 1 ? until : null;
}

async function pollProvider(provider: string, clock: Clock): Promise<void> {
  // Read before the call: what happens to an attempt during it (a bell, a claim) is newer than the
  // list, and its row is then left alone.
  const rows = await readSubmitted(provider, await clock());
  let jobs: ListedJob[];
  try {
    jobs = await askProvider(provider, await clock(), (port) => port.list());
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    if (!(error instanceof ProviderAway)) {
      log()[error.kind === 'config' ? 'error' : 'warn'](
        { provider, kind: error.kind, error },
        'the GPU provider did not list its jobs',
      );
    }
    await postpone(provider, await clock(), error);
    return;
  }
  crashPoint('poll.after-list');
  const byId = new Map(jobs.map((job) => [job.externalJobId, job]));
  const patience = patienceWith(provider);
  const looks = rows.flatMap((row) => {
    const job = byId.get(row.externalJobId);
    const look = job && routineLook(row, job.observation, patience);
    return look ? [{ row, look }] : [];
  });
  const now = await clock();
  const nextCheckAt = new Date(now.getTime() + patience.lookEverySeconds * 1_000);
  for (let at = 0; at < looks.length; at += chunk) {
    const part = looks.slice(at, at + chunk).map(written);
    await write(part, now, nextCheckAt);
  }
}

/** Every attempt at the provider with nothing to decide but what its job is doing. */
function readSubmitted(provider: string, now: Date): Promise<SubmittedRow[]> {
  return db().$queryRaw<SubmittedRow[]>`
    SELECT attempt.id, attempt.fence, attempt.external_job_id AS "externalJobId",
           attempt.next_check_at AS "nextCheckAt", attempt.gpu_seconds AS "gpuSeconds",
           attempt.micro_usd_per_second AS "microUsdPerSecond",
           attempt.rented_since AS "rentedSince", attempt.provider,
           attempt.spent_in_vain_micro_usd AS "spentInVainMicroUsd",
           training.status::text AS status, training.phase, training.step,
           training.training_steps AS "trainingSteps", training.loss,
           training.seconds_per_step AS "secondsPerStep",
           extract(epoch FROM ${now}::timestamptz
             - greatest(attempt.submitted_at, attempt.away_until))::float8 AS "waitedSeconds",
           coalesce(extract(epoch FROM ${now}::timestamptz
             - greatest(training.last_heard_at, attempt.away_until)), 0)::float8 AS "silentSeconds",
           (SELECT count(*)::int FROM training_samples WHERE attempt_id = attempt.id) AS samples,
           curve.points, curve.last AS "lastPoint"
      FROM training_attempts attempt
      JOIN lora_models training ON training.id = attempt.lora_model_id
     CROSS JOIN LATERAL (SELECT count(*)::int AS points, max(step) AS last
                           FROM training_points WHERE attempt_id = attempt.id) curve
     WHERE attempt.state = 'submitted' AND attempt.provider = ${provider}
       AND (attempt.lease_until IS NULL OR attempt.lease_until < ${now})
       AND training.status IN ('pending', 'training')
       AND training.cancel_requested_at IS NULL AND training.deadline_at >= ${now}`;
}

/** An outage is not a failure: all wait, but for what must not wait for it. */
async function postpone(provider: string, now: Date, error: ProviderError): Promise<void> {
  const nextCheckAt = new Date(now.getTime() + (error.retryAfterMs ?? backoffMs(4, Math.random())));
  const away = error instanceof ProviderAway ? nextCheckAt : null;
  await db().$executeRaw`
    UPDATE training_attempts attempt
       SET next_check_at = ${nextCheckAt},
           away_until = coalesce(${away}::timestamptz, away_until),
           last_error = ${`${error.kind}: ${error.message}`.slice(0, 500)}
      FROM lora_models training
     WHERE training.id = attempt.lora_model_id
       AND attempt.state = 'submitted' AND attempt.provider = ${provider}
       AND attempt.next_check_at <= ${now}
       AND (attempt.lease_until IS NULL OR attempt.lease_until < ${now})
       AND training.status IN ('pending', 'training')
       AND training.cancel_requested_at IS NULL AND training.deadline_at >= ${now}`;
}

function written({ row, look }: { row: SubmittedRow; look: RoutineLook }) {
  const { progress, isNews, moved, isPoint } = look;
  const { gpuSeconds, gpuCostMicroUsd } = accrued(row, progress?.gpuSeconds ?? 0);
  return {
    id: row.id,
    fence: row.fence,
    next_check_at: row.nextCheckAt,
    gpu_seconds: gpuSeconds,
    gpu_cost: Number(gpuCostMicroUsd),
    is_news: isNews,
    moved,
    is_point: isPoint,
    phase: progress?.phase,
    step: progress?.step,
    total_steps: progress?.totalSteps,
    loss: progress?.loss,
    seconds_per_step: progress?.secondsPerStep,
  };
}

/**
 * Writes many looks in one statement. A row that somebody has taken, changed or rung for since it
 * was read keeps what it has: its fence or its due time is another.
 */
async function write(
  looks: ReturnType<typeof written>[],
  now: Date,
  nextCheckAt: Date,
): Promise<void> {
  await db().$executeRaw`
    WITH look AS MATERIALIZED (
      SELECT seen.*, attempt.lora_model_id
        FROM jsonb_to_recordset(${JSON.stringify(looks)}::jsonb) AS seen (
               id uuid, fence int, next_check_at timestamptz, gpu_seconds float8, gpu_cost bigint,
               is_news boolean, moved boolean, is_point boolean, phase text, step int,
               total_steps int, loss float8, seconds_per_step float8)
        JOIN training_attempts attempt
          ON attempt.id = seen.id AND attempt.fence = seen.fence
         AND attempt.next_check_at = seen.next_check_at AND attempt.state = 'submitted'
         AND (attempt.lease_until IS NULL OR attempt.lease_until < ${now})
        JOIN lora_models training ON training.id = attempt.lora_model_id
         FOR NO KEY UPDATE OF attempt, training SKIP LOCKED),
    looked AS (
      UPDATE training_attempts attempt
         SET fence = attempt.fence + 1, lease_until = NULL, tries = 0, last_error = NULL,
             next_check_at = ${nextCheckAt}, gpu_seconds = look.gpu_seconds,
             gpu_cost_micro_usd = look.gpu_cost
        FROM look WHERE attempt.id = look.id),
    progressed AS (
      UPDATE lora_models training
         SET step = look.step, phase = look.phase, loss = look.loss,
             seconds_per_step = look.seconds_per_step,
             training_steps = look.total_steps,
             last_heard_at = CASE WHEN look.moved THEN ${now}::timestamptz ELSE training.last_heard_at END,
             updated_at = ${now}
        FROM look
       WHERE training.id = look.lora_model_id AND look.is_news
         AND training.status = 'training' AND training.step <= look.step)
    INSERT INTO training_points (attempt_id, step, loss, seconds_per_step, created_at)
    SELECT id, least(step, total_steps), loss, seconds_per_step, ${now}::timestamptz
      FROM look WHERE is_point
    ON CONFLICT DO NOTHING`;
}
