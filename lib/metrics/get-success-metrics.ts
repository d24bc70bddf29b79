import { Prisma } from '../../prisma/client/client.ts';
import { db } from '../db.ts';
import type { FailureReason } from '../lora/rules/lifecycle.ts';

/**
 * Trainings of real GPUs, or those of the sandbox. They are never mixed (D9), and the operator's own
 * trials are neither.
 */
export type MetricsSource = 'gpu' | 'sandbox';

/** How one day went. Durations are milliseconds. */
export interface MetricsDay {
  /** UTC, "2026-03-12". */
  day: string;
  ready: number;
  failed: number;
  cancelled: number;
  medianMs: number | null;
  /** The median of what was told at the start, its long end. */
  estimatedMs: number | null;
}

/** What the specification calls success, over a span of days. Counts are of trainings unless said. */
export interface SuccessMetrics {
  days: number;
  /** Creators with a finished profile set, and those of them who trained. */
  adoption: { creators: number; trained: number };
  completion: { ready: number; failed: number; cancelled: number; open: number };
  duration: {
    trainings: number;
    averageMs: number | null;
    medianMs: number | null;
    ninetiethMs: number | null;
    /** Of those with an estimate, the ones done by its long end. */
    estimated: number;
    withinEstimate: number;
  };
  /** Ready trainings with an estimate. */
  gpuCost: { trainings: number; estimatedMicroUsd: number; actualMicroUsd: number };
  /** Attempts, ended or failed, that their provider has billed; what we had added up for them. */
  bills: { attempts: number; accruedMicroUsd: number; billedMicroUsd: number };
  capturedCredits: number;
  satisfaction: { better: number; same: number; worse: number };
  failures: { reason: FailureReason; count: number }[];
  /** One entry a day, oldest first, empty days included. */
  series: MetricsDay[];
}

/**
 * Reads the success metrics of the last `days` days, today included (specification, "Success
 * metrics"). For operators: looks at everybody's trainings and names nobody.
 */
export async function getSuccessMetrics(
  { days, source }: { days: number; source: MetricsSource },
  now = new Date(),
): Promise<SuccessMetrics> {
  const since = new Date(
    Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() - days + 1),
  );
  const ofSource = Prisma.sql`training.started_by <> 'trial'
    AND (training.external_provider = 'sandbox') = ${source === 'sandbox'}`;
  const ended = Prisma.sql`training.training_completed_at >= ${since} AND ${ofSource}`;

  const [[adoption], [totals], [bills], [answers], failures, series] = await Promise.all([
    db().$queryRaw<{ creators: number; trained: number }[]>`
      SELECT count(*)::int AS creators,
             count(*) FILTER (WHERE EXISTS (
               SELECT FROM lora_models training
               WHERE training.user_id = creator.user_id AND ${ofSource}))::int AS trained
      FROM (SELECT DISTINCT user_id FROM characters
            WHERE profile_set_completed_at >= ${since} AND user_id IS NOT NULL) creator`,
    db().$queryRaw<Totals[]>`
      SELECT count(*) FILTER (WHERE status = 'ready')::int     AS ready,
             count(*) FILTER (WHERE status = 'failed')::int    AS failed,
             count(*) FILTER (WHERE status = 'cancelled')::int AS cancelled,
             (SELECT count(*)::int FROM lora_models training
              WHERE status IN ('pending', 'training') AND ${ofSource}) AS open,
             avg(training_duration_ms) FILTER (WHERE status = 'ready')::float8 AS "averageMs",
             percentile_cont(0.5) WITHIN GROUP (ORDER BY training_duration_ms)
               FILTER (WHERE status = 'ready') AS "medianMs",
             percentile_cont(0.9) WITHIN GROUP (ORDER BY training_duration_ms)
               FILTER (WHERE status = 'ready') AS "ninetiethMs",
             count(*) FILTER (WHERE status = 'ready' AND estimate_to_seconds IS NOT NULL)::int
               AS estimated,
             count(*) FILTER (WHERE status = 'ready'
               AND training_duration_ms <= estimate_to_seconds * 1000)::int AS "withinEstimate",
             count(*) FILTER (WHERE status = 'ready' AND estimated_gpu_micro_usd IS NOT NULL)::int
               AS "costed",
             coalesce(sum(estimated_gpu_micro_usd) FILTER (WHERE status = 'ready'), 0)::float8
               AS "estimatedMicroUsd",
             coalesce(sum(gpu_cost_micro_usd) FILTER (WHERE status = 'ready'
               AND estimated_gpu_micro_usd IS NOT NULL), 0)::float8 AS "actualMicroUsd",
             coalesce(sum(cost_credits) FILTER (WHERE status = 'ready'), 0)::float8
               AS "capturedCredits"
      FROM lora_models training WHERE ${ended}`,
    db().$queryRaw<SuccessMetrics['bills'][]>`
      SELECT count(*)::int AS attempts,
             coalesce(sum(attempt.gpu_cost_micro_usd), 0)::float8 AS "accruedMicroUsd",
             coalesce(sum(attempt.billed_micro_usd), 0)::float8   AS "billedMicroUsd"
      FROM training_attempts attempt JOIN lora_models training ON training.id = lora_model_id
      WHERE attempt.billed_micro_usd IS NOT NULL AND ${ended}`,
    db().$queryRaw<SuccessMetrics['satisfaction'][]>`
      SELECT count(*) FILTER (WHERE answer = 'better')::int AS better,
             count(*) FILTER (WHERE answer = 'same')::int   AS same,
             count(*) FILTER (WHERE answer = 'worse')::int  AS worse
      FROM training_feedback JOIN lora_models training ON training.id = lora_model_id
      WHERE training_feedback.created_at >= ${since} AND ${ofSource}`,
    db().$queryRaw<SuccessMetrics['failures']>`
      SELECT failure_reason AS reason, count(*)::int AS count
      FROM lora_models training WHERE ${ended} AND status = 'failed'
      GROUP BY 1 ORDER BY 2 DESC, 1`,
    db().$queryRaw<MetricsDay[]>`
      SELECT to_char(day, 'YYYY-MM-DD') AS day,
             count(training.id) FILTER (WHERE status = 'ready')::int     AS ready,
             count(training.id) FILTER (WHERE status = 'failed')::int    AS failed,
             count(training.id) FILTER (WHERE status = 'cancelled')::int AS cancelled,
             percentile_cont(0.5) WITHIN GROUP (ORDER BY training_duration_ms)
               FILTER (WHERE status = 'ready') AS "medianMs",
             percentile_cont(0.5) WITHIN GROUP (ORDER BY estimate_to_seconds * 1000.0)
               FILTER (WHERE status = 'ready') AS "estimatedMs"
      FROM generate_series(${since}::timestamptz AT TIME ZONE 'UTC',
                           ${now}::timestamptz AT TIME ZONE 'UTC', '1 day') AS day
      LEFT JOIN lora_models training
        ON training.training_completed_at >= day AT TIME ZONE 'UTC'
        AND training.training_completed_at < (day + interval '1 day') AT TIME ZONE 'UTC'
        AND ${ofSource}
      GROUP BY day ORDER BY day`,
  ]);
  if (!adoption || !totals || !bills || !answers) throw new Error('An aggregate without a row.');
  return {
    days,
    adoption,
    completion: {
      ready: totals.ready,
      failed: totals.failed,
      cancelled: totals.cancelled,
      open: totals.open,
    },
    duration: {
      trainings: totals.ready,
      averageMs: totals.averageMs,
      medianMs: totals.medianMs,
      ninetiethMs: totals.ninetiethMs,
      estimated: totals.estimated,
      withinEstimate: totals.withinEstimate,
    },
    gpuCost: {
      trainings: totals.costed,
      estimatedMicroUsd: totals.estimatedMicroUsd,
      actualMicroUsd: totals.actualMicroUsd,
    },
    bills,
    capturedCredits: totals.capturedCredits,
    satisfaction: answers,
    failures,
    series,
  };
}

interface Totals {
  ready: number;
  failed: number;
  cancelled: number;
  open: number;
  averageMs: number | null;
  medianMs: number | null;
  ninetiethMs: number | null;
  estimated: number;
  withinEstimate: number;
  costed: number;
  estimatedMicroUsd: number;
  actualMicroUsd: number;
  capturedCredits: number;
}
