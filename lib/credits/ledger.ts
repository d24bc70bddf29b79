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
  await append(tx, {
    ...movement,
    accountId: account.id,
    kind: 'grant',
    amount: BigInt(amountCredits),
  });
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
  const repeated = await findRepeat(tx, line);
  if (repeated) return repeated.id;
  if (account.available < amount) {
    throw new DomainError('NOT_ENOUGH_CREDITS', {
      needed: amountCredits,
      available: Number(account.available),
      missing: Number(amount - account.available),
    });
  }
  return append(tx, line);
}

/** Charges a hold, whole. A hold is settled once: a second settlement of any kind is refused. */
export async function capture(tx: Tx, holdId: string): Promise<void> {
  await settle(tx, holdId, 'capture');
}

/** Gives a hold back, whole. */
export async function release(tx: Tx, holdId: string): Promise<void> {
  await settle(tx, holdId, 'release');
}

async function settle(tx: Tx, holdId: string, kind: 'capture' | 'release'): Promise<void> {
  const hold = await tx.creditLine.findUniqueOrThrow({ where: { id: holdId } });
  await append(tx, {
    accountId: hold.accountId,
    kind,
    amount: hold.amount,
    holdId,
    loraModelId: hold.loraModelId ?? undefined,
    idempotencyKey: `${kind}:${holdId}`,
    memo: hold.memo,
  });
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
  kind: 'grant' | 'reserve' | 'capture' | 'release';
  amount: bigint;
  holdId?: string;
  loraModelId?: string;
}

function hashOf({ accountId, kind, amount, holdId, loraModelId }: Line): string {
  return requestHash({ accountId, kind, amount: amount.toString(), holdId, loraModelId });
}

async function findRepeat(tx: Tx, line: Line): Promise<{ id: string } | null> {
  const existing = await tx.creditLine.findUnique({
    where: { idempotencyKey: line.idempotencyKey },
    select: { id: true, requestHash: true },
  });
  if (existing && existing.requestHash !== hashOf(line)) throw new DomainError('REQUEST_REUSED');
  return existing;
}

async function append(tx: Tx, line: Line): Promise<string> {
  const repeated = await findRepeat(tx, line);
  if (repeated) return repeated.id;
  const { id } = await tx.creditLine.create({
    data: { ...line, requestHash: hashOf(line) },
    select: { id: true },
  });
  return id;
}
