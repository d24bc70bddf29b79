import { db } from '../db.ts';

/** One line of a creator's credit history, newest first. */
export interface CreditLineView {
  id: string;
  kind: 'grant' | 'reserve' | 'capture' | 'release';
  amountCredits: number;
  /** What is left to spend after this line. */
  availableAfterCredits: number;
  reservedAfterCredits: number;
  memo: string;
  /** The character the line is about, while it exists. */
  characterId: string | null;
  characterName: string | null;
  /** For a reserve line: how it was settled, or null while it is open. */
  settledBy: 'capture' | 'release' | null;
  createdAt: Date;
}

const pageSize = 50;

/**
 * A page of the user's ledger lines. `before` is a line number from `nextBefore`; `nextBefore` is
 * null on the last page.
 */
export async function listCreditLines(
  userId: string,
  before?: number,
): Promise<{ lines: CreditLineView[]; nextBefore: number | null }> {
  const rows = await db().$queryRaw<
    {
      id: string;
      line_no: number;
      kind: CreditLineView['kind'];
      amount: bigint;
      available_after: bigint;
      reserved_after: bigint;
      memo: string;
      character_id: string | null;
      character_name: string | null;
      settled_by: 'capture' | 'release' | null;
      created_at: Date;
    }[]
  >`
    SELECT line.id, line.line_no, line.kind, line.amount, line.available_after, line.reserved_after,
           line.memo, line.created_at, settlement.kind AS settled_by,
           character.id AS character_id, character.name AS character_name
    FROM credit_accounts account
    JOIN credit_lines line ON line.account_id = account.id
    LEFT JOIN credit_lines settlement ON settlement.hold_id = line.id
    LEFT JOIN lora_models training ON training.id = line.lora_model_id
    LEFT JOIN characters character ON character.id = training.character_id
    WHERE account.user_id = ${userId}::uuid AND line.line_no < ${before ?? 2_147_483_647}
    ORDER BY line.line_no DESC
    LIMIT ${pageSize + 1}`;
  const page = rows.slice(0, pageSize);
  return {
    lines: page.map((row) => ({
      id: row.id,
      kind: row.kind,
      amountCredits: Number(row.amount),
      availableAfterCredits: Number(row.available_after),
      reservedAfterCredits: Number(row.reserved_after),
      memo: row.memo,
      characterId: row.character_id,
      characterName: row.character_name,
      settledBy: row.settled_by,
      createdAt: row.created_at,
    })),
    nextBefore: rows.length > pageSize ? (page.at(-1)?.line_no ?? null) : null,
  };
}
