import { Prisma } from '../../prisma/client/client.ts';
import { db } from '../db.ts';
import type { FailureReason, TrainingStatus } from '../lora/rules/lifecycle.ts';
import { deletedCharacters, type EntryKind, type LedgerFilter } from './rules/ledger-filter.ts';
import type { LineTraining } from './rules/line-words.ts';

/** One line of a creator's credit history. */
export interface CreditLineView {
  id: string;
  lineNo: number;
  kind: EntryKind;
  amountCredits: number;
  /** What is left to spend after this line. */
  availableAfterCredits: number;
  reservedAfterCredits: number;
  memo: string;
  /** The character the line is about, while it exists. Names are joined when read, never stored. */
  characterId: string | null;
  characterName: string | null;
  /** The training it is about, while it exists. */
  training: LineTraining | null;
  /** For a reserve line: how it was settled, or null while it is open. */
  settledBy: 'capture' | 'release' | null;
  createdAt: Date;
}

/** What `lineColumns` selects. */
interface LineRow {
  id: string;
  line_no: number;
  kind: EntryKind;
  amount: bigint;
  available_after: bigint;
  reserved_after: bigint;
  memo: string;
  character_id: string | null;
  character_name: string | null;
  training_status: TrainingStatus | null;
  failure_reason: FailureReason | null;
  settled_by: 'capture' | 'release' | null;
  created_at: Date;
}

const lineColumns = Prisma.sql`
  line.id, line.line_no, line.kind, line.amount, line.available_after, line.reserved_after,
  line.memo, line.created_at, settlement.kind AS settled_by,
  training.status AS training_status, training.failure_reason,
  character.id AS character_id, character.name AS character_name`;

const lineJoins = Prisma.sql`
  FROM credit_accounts account
  JOIN credit_lines line ON line.account_id = account.id
  LEFT JOIN credit_lines settlement ON settlement.hold_id = line.id
  LEFT JOIN lora_models training ON training.id = line.lora_model_id
  LEFT JOIN characters character ON character.id = training.character_id`;

/** A hold and its ending stand and fall together: both are of the kind of the newer of them. */
function matches({ kind, character }: LedgerFilter): Prisma.Sql {
  const ofKind = kind
    ? Prisma.sql`coalesce(settlement.kind, line.kind) = ${kind}::credit_line_kind`
    : Prisma.sql`true`;
  const ofCharacter =
    character === undefined
      ? Prisma.sql`true`
      : character === deletedCharacters
        ? Prisma.sql`line.lora_model_id IS NOT NULL AND training.id IS NULL`
        : Prisma.sql`training.character_id = ${character}::uuid`;
  return Prisma.sql`${ofKind} AND ${ofCharacter}`;
}

function viewOf(row: LineRow): CreditLineView {
  return {
    id: row.id,
    lineNo: row.line_no,
    kind: row.kind,
    amountCredits: Number(row.amount),
    availableAfterCredits: Number(row.available_after),
    reservedAfterCredits: Number(row.reserved_after),
    memo: row.memo,
    characterId: row.character_id,
    characterName: row.character_name,
    training: row.training_status && {
      status: row.training_status,
      failureReason: row.failure_reason,
    },
    settledBy: row.settled_by,
    createdAt: row.created_at,
  };
}

const last = 2_147_483_647;

interface Page {
  filter?: LedgerFilter;
  /** A line number from `nextBefore`. */
  before?: number;
  limit?: number;
}

/**
 * A page of the user's ledger lines, newest first; `nextBefore` is null on the last page. With a
 * filter, a line is in when its entry is (`listCreditEntries`).
 */
export async function listCreditLines(
  userId: string,
  { filter = {}, before = last, limit = 50 }: Page = {},
): Promise<{ lines: CreditLineView[]; nextBefore: number | null }> {
  const rows = await db().$queryRaw<LineRow[]>`
    SELECT ${lineColumns} ${lineJoins}
    WHERE account.user_id = ${userId}::uuid AND line.line_no < ${before} AND ${matches(filter)}
    ORDER BY line.line_no DESC LIMIT ${limit + 1}`;
  const page = rows.slice(0, limit);
  return {
    lines: page.map(viewOf),
    nextBefore: rows.length > limit ? (page.at(-1)?.line_no ?? null) : null,
  };
}

/**
 * What a creator reads as one thing: credits added, or a reservation together with how it ended. It
 * stands where its newest line stands, so the balances after the entries run on from one to the next.
 */
export interface CreditEntry extends CreditLineView {
  /** The reservation that this line settles. */
  hold: Pick<
    CreditLineView,
    'id' | 'availableAfterCredits' | 'reservedAfterCredits' | 'createdAt'
  > | null;
}

interface EntryRow extends LineRow {
  held_id: string | null;
  held_available_after: bigint;
  held_reserved_after: bigint;
  held_at: Date;
}

/** A page of the user's history, newest first; `nextBefore` is null on the last page. */
export async function listCreditEntries(
  userId: string,
  { filter = {}, before = last, limit = 50 }: Page = {},
): Promise<{ entries: CreditEntry[]; nextBefore: number | null }> {
  const rows = await db().$queryRaw<EntryRow[]>`
    SELECT ${lineColumns}, hold.id AS held_id, hold.available_after AS held_available_after,
           hold.reserved_after AS held_reserved_after, hold.created_at AS held_at
    ${lineJoins}
    LEFT JOIN credit_lines hold ON hold.id = line.hold_id
    WHERE account.user_id = ${userId}::uuid AND line.line_no < ${before}
      AND settlement.id IS NULL AND ${matches(filter)}
    ORDER BY line.line_no DESC LIMIT ${limit + 1}`;
  const page = rows.slice(0, limit);
  return {
    entries: page.map((row) => ({
      ...viewOf(row),
      hold: row.held_id
        ? {
            id: row.held_id,
            availableAfterCredits: Number(row.held_available_after),
            reservedAfterCredits: Number(row.held_reserved_after),
            createdAt: row.held_at,
          }
        : null,
    })),
    nextBefore: rows.length > limit ? (page.at(-1)?.line_no ?? null) : null,
  };
}

/** Whom the history can be filtered by: characters with a line in it, by name; and gone ones. */
export async function listLedgerCharacters(
  userId: string,
): Promise<{ characters: { id: string; name: string }[]; deleted: boolean }> {
  const rows = await db().$queryRaw<{ id: string | null; name: string | null }[]>`
    SELECT DISTINCT character.id, character.name
    FROM credit_accounts account
    JOIN credit_lines line ON line.account_id = account.id AND line.kind = 'reserve'
    LEFT JOIN lora_models training ON training.id = line.lora_model_id
    LEFT JOIN characters character ON character.id = training.character_id
    WHERE account.user_id = ${userId}::uuid
    ORDER BY character.name, character.id`;
  return {
    characters: rows.flatMap(({ id, name }) => (id && name ? [{ id, name }] : [])),
    deleted: rows.some(({ id }) => id === null),
  };
}
