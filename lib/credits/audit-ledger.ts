import { db } from '../db.ts';

/** A place where the books and the world disagree. */
export interface LedgerFinding {
  problem:
    | 'balance differs from its lines'
    | 'running balance is broken'
    | 'open hold of an ended training'
    | 'open training without its hold'
    | 'settlement and status disagree'
    | 'purchase and grant disagree';
  id: string;
  detail: string;
}

/**
 * Re-adds every line of every account, and compares holds with trainings and grants with purchases
 * (I1-I6, I11). An empty list means that the books are right. Read-only; one pass in SQL.
 */
export async function auditLedger(): Promise<LedgerFinding[]> {
  return db().$queryRaw<LedgerFinding[]>`
    WITH moved AS (
      SELECT account_id, line_no, available_after, reserved_after,
        sum(CASE kind WHEN 'grant' THEN amount WHEN 'release' THEN amount
                      WHEN 'reserve' THEN -amount ELSE 0 END)
          OVER (PARTITION BY account_id ORDER BY line_no) AS available,
        sum(CASE kind WHEN 'reserve' THEN amount WHEN 'grant' THEN 0 ELSE -amount END)
          OVER (PARTITION BY account_id ORDER BY line_no) AS reserved,
        row_number() OVER (PARTITION BY account_id ORDER BY line_no) AS expected_no
      FROM credit_lines
    ), last AS (
      SELECT DISTINCT ON (account_id) * FROM moved ORDER BY account_id, line_no DESC
    )
    SELECT 'balance differs from its lines' AS problem, account.id::text AS id,
           format('has %s/%s, lines make %s/%s', account.available, account.reserved,
                  coalesce(last.available, 0), coalesce(last.reserved, 0)) AS detail
    FROM credit_accounts account LEFT JOIN last ON last.account_id = account.id
    WHERE (account.available, account.reserved)
          IS DISTINCT FROM (coalesce(last.available, 0), coalesce(last.reserved, 0))
    UNION ALL
    SELECT 'running balance is broken', account_id::text, format('line %s', line_no)
    FROM moved WHERE (available_after, reserved_after, line_no)
                     IS DISTINCT FROM (available, reserved, expected_no)
    UNION ALL
    SELECT 'open hold of an ended training', training.id::text, training.status::text
    FROM lora_models training
    WHERE training.hold_id IS NOT NULL AND training.status IN ('ready', 'failed', 'cancelled')
      AND NOT EXISTS (SELECT FROM credit_lines WHERE hold_id = training.hold_id)
    UNION ALL
    SELECT 'open training without its hold', training.id::text, training.status::text
    FROM lora_models training
    WHERE training.hold_id IS NOT NULL AND training.status IN ('pending', 'training')
      AND EXISTS (SELECT FROM credit_lines WHERE hold_id = training.hold_id)
    UNION ALL
    SELECT 'settlement and status disagree', training.id::text,
           format('%s but %s', training.status, settlement.kind)
    FROM lora_models training JOIN credit_lines settlement ON settlement.hold_id = training.hold_id
    WHERE (training.status = 'ready') <> (settlement.kind = 'capture')
    UNION ALL
    SELECT 'purchase and grant disagree', coalesce(purchase.id::text, line.idempotency_key),
           format('%s, %s of %s credits', coalesce(purchase.status, 'unknown'),
                  coalesce(line.amount, 0), coalesce(purchase.credits, 0))
    FROM purchases purchase
    FULL JOIN (
      SELECT * FROM credit_lines
      WHERE idempotency_key LIKE 'purchase:%' OR idempotency_key LIKE 'sandbox:purchase:%'
    ) line ON line.idempotency_key
              = CASE purchase.provider WHEN 'sandbox' THEN 'sandbox:' ELSE '' END
                || 'purchase:' || purchase.id
    WHERE purchase.id IS NULL
       OR (purchase.status = 'paid') <> (line.id IS NOT NULL)
       OR (line.kind, line.amount, line.account_id)
          <> ('grant', purchase.credits, purchase.account_id)`;
}
