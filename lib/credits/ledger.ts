import { randomUUID } from 'node:crypto';
import type { Tx } from '../db.ts';
import { DomainError } from '../errors.ts';
import { requestHash } from '../request-hash.ts';

/**
 * The four movements of credits. Each is one appended line; the line's trigger moves the balance.
 * All amounts are whole credits. All take the caller's transaction: money moves together with
 * whatever it pays for, or not at all.
 */
interface Movement {
  /** Makes a repeat the same movement; the same key with other content is REQUEST_REUSED. */
  idempotencyKey: string;
  /** Free of personal data: lines outlive their owner. */
  memo: string;
}

/** Opens the user's account with nothing in it. */
export async function openAccount(tx: Tx, userId: string): Promise<void> {
  await tx.creditAccount.create({ data: { userId } });
}

/** Adds `amountCredits` to what the user can spend. */
export async function grant(
  tx: Tx,
  userId: string,
  amountCredits: number,
  movement: Movement,
): Promise<void> {
  const account = await lockAccount(tx, userId);
  await grantToAccount(tx, account.id, amountCredits, movement);
}

/** As `grant`, for who knows the account: what was paid for stays paid when its owner is gone. */
export async function grantToAccount(
  tx: Tx,
  accountId: string,
  amountCredits: number,
  movement: Movement,
): Promise<void> {
  await append(tx, { ...movement, accountId, kind: 'grant', amount: BigInt(amountCredits) });
}

/**
 * Sets `amountCredits` aside for a training; returns the hold's id.
 * Refuses NOT_ENOUGH_CREDITS with what is missing (AC-2).
 */
export async function reserve(
  tx: Tx,
  userId: string,
  amountCredits: number,
  movement: Movement & { loraModelId: string },
): Promise<string> {
  const account = await lockAccount(tx, userId);
  const amount = BigInt(amountCredits);
  const line = { ...movement, accountId: account.id, kind: 'reserve', amount } as const;
  if (account.available >= amount) return append(tx, line);
  const repeated = await findRepeat(tx, line);
  if (repeated) return repeated;
  throw new DomainError('NOT_ENOUGH_CREDITS', {
    needed: amountCredits,
    available: Number(account.available),
    missing: Number(amount - account.available),
  });
}

/** Charges a hold, whole. A hold is settled once: a second settlement of any kind is refused. */
export async function capture(tx: Tx, holdId: string): Promise<void> {
  await settle(tx, holdId, 'capture');
}

/** Gives a hold back, whole. */
export async function release(tx: Tx, holdId: string): Promise<void> {
  await settle(tx, holdId, 'release');
}

/** One statement: what a settlement says stands in its hold, so the same key is the same movement. */
async function settle(tx: Tx, holdId: string, kind: 'capture' | 'release'): Promise<void> {
  const key = `${kind}:${holdId}`;
  const added = await tx.$executeRaw`
    INSERT INTO credit_lines (id, account_id, kind, amount, hold_id, lora_model_id, idempotency_key,
                              request_hash, memo)
    SELECT ${randomUUID()}::uuid, account_id, ${kind}::credit_line_kind, amount, id, lora_model_id,
           ${key}, ${requestHash({ kind, holdId })}, memo
    FROM credit_lines
    WHERE id = ${holdId}::uuid
      AND NOT EXISTS (SELECT FROM credit_lines WHERE idempotency_key = ${key})`;
  if (added === 0) await tx.creditLine.findUniqueOrThrow({ where: { idempotencyKey: key } });
}

/** The user's account, its row locked so that two movements of one user never interleave. */
async function lockAccount(tx: Tx, userId: string): Promise<{ id: string; available: bigint }> {
  const [account] = await tx.$queryRaw<{ id: string; available: bigint }[]>`
    SELECT id, available FROM credit_accounts WHERE user_id = ${userId}::uuid FOR UPDATE`;
  if (!account) throw new DomainError('NOT_FOUND');
  return account;
}

interface Line extends Movement {
  accountId: string;
  kind: 'grant' | 'reserve';
  amount: bigint;
  loraModelId?: string;
}

function hashOf({ accountId, kind, amount, loraModelId }: Line): string {
  return requestHash({ accountId, kind, amount: amount.toString(), loraModelId });
}

async function findRepeat(tx: Tx, line: Line): Promise<string | null> {
  const existing = await tx.creditLine.findUnique({
    where: { idempotencyKey: line.idempotencyKey },
    select: { id: true, requestHash: true },
  });
  if (existing && existing.requestHash !== hashOf(line)) throw new DomainError('REQUEST_REUSED');
  return existing?.id ?? null;
}

/** Not ON CONFLICT: the trigger that moves the balance comes before it and would stay done. */
async function append(tx: Tx, line: Line): Promise<string> {
  const { accountId, kind, amount, loraModelId = null, idempotencyKey: key, memo } = line;
  const [added] = await tx.$queryRaw<{ id: string }[]>`
    INSERT INTO credit_lines (id, account_id, kind, amount, lora_model_id, idempotency_key,
                              request_hash, memo)
    SELECT ${randomUUID()}::uuid, ${accountId}::uuid, ${kind}::credit_line_kind, ${amount}::bigint,
           ${loraModelId}::uuid, ${key}, ${hashOf(line)}, ${memo}
    WHERE NOT EXISTS (SELECT FROM credit_lines WHERE idempotency_key = ${key})
    RETURNING id`;
  const id = added?.id ?? (await findRepeat(tx, line));
  if (!id) throw new Error(`the line ${key} came and went`);
  return id;
}
