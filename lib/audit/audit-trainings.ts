import { db } from '../db.ts';
import { failureReasons, maxRetryChain } from '../lora/rules/lifecycle.ts';
import type { Finding, PartReport } from './finding.ts';

/** Findings of these name an attempt that the product's own verbs can bring on its way again. */
export const stuckProblems = [
  'attempt is due for long',
  'attempt that nobody will look at',
  'live attempt of an ended training',
] as const;

const ours = Object.entries(failureReasons)
  .filter(([, whose]) => whose === 'ours')
  .map(([reason]) => reason);

/**
 * Compares trainings with their holds, attempts and free retries, and looks for what has stood still:
 * a live training 15 minutes past its deadline, an attempt due for 10 (I4, I8, I9). One pass in SQL,
 * by the database's clock; read-only.
 */
export async function auditTrainings(): Promise<PartReport> {
  const [counted] = await db().$queryRaw<{ trainings: bigint; attempts: bigint }[]>`
    SELECT (SELECT count(*) FROM lora_models) AS trainings,
           (SELECT count(*) FROM training_attempts) AS attempts`;
  const findings = await db().$queryRaw<Finding[]>`
    SELECT 'open hold without its training' AS problem, hold.id::text AS id,
           format('%s credits', hold.amount) AS detail
    FROM credit_lines hold
    LEFT JOIN credit_lines settlement ON settlement.hold_id = hold.id
    LEFT JOIN lora_models training ON training.hold_id = hold.id
    WHERE hold.kind = 'reserve' AND settlement.id IS NULL AND training.id IS NULL
    UNION ALL
    SELECT 'training past its deadline', id::text, format('since %s', deadline_at)
    FROM lora_models
    WHERE status IN ('pending', 'training') AND deadline_at < now() - interval '15 minutes'
    UNION ALL
    SELECT 'open training without an attempt', training.id::text, training.status::text
    FROM lora_models training
    WHERE status IN ('pending', 'training')
      AND NOT EXISTS (SELECT FROM training_attempts
                      WHERE lora_model_id = training.id AND state <> 'ended')
    UNION ALL
    SELECT 'live attempt of an ended training', attempt.id::text, training.status::text
    FROM training_attempts attempt JOIN lora_models training ON training.id = attempt.lora_model_id
    WHERE attempt.state <> 'ended' AND training.status IN ('ready', 'failed', 'cancelled')
    UNION ALL
    SELECT 'attempt is due for long', id::text, format('%s, due since %s', state, next_check_at)
    FROM training_attempts
    WHERE next_check_at < now() - interval '10 minutes'
      AND (lease_until IS NULL OR lease_until < now() - interval '10 minutes')
    UNION ALL
    SELECT 'attempt that nobody will look at', id::text, state::text
    FROM training_attempts
    WHERE next_check_at IS NULL AND released_at IS NULL AND lease_until IS NULL
    UNION ALL
    SELECT 'ready model without its file', model.id::text, coalesce(model.model_path, 'no path')
    FROM lora_models model
    WHERE model.status = 'ready' AND model.expired_at IS NULL
      AND NOT EXISTS (SELECT FROM lora_files file
                      WHERE file.lora_model_id = model.id AND file.key = model.model_path)
    UNION ALL
    SELECT 'failure without its free retry', training.id::text, training.failure_reason
    FROM lora_models training
    -- A trial is nobody's; of whoever is being deleted the free retries are gone first.
    WHERE user_id IS NOT NULL AND status = 'failed' AND failure_reason = ANY(${ours})
      AND retry_count < ${maxRetryChain}
      AND NOT EXISTS (SELECT FROM free_retries WHERE failed_lora_model_id = training.id)
    UNION ALL
    SELECT 'free training without a free retry', training.id::text, training.status::text
    FROM lora_models training
    WHERE user_id IS NOT NULL AND cost_credits = 0
      AND NOT EXISTS (SELECT FROM free_retries WHERE spent_by_lora_model_id = training.id)`;
  return {
    findings,
    counts: { trainings: Number(counted?.trainings), attempts: Number(counted?.attempts) },
  };
}
