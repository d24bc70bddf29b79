import { db } from '../db.ts';
import { DomainError } from '../errors.ts';

/** Whole credits. `total` includes the reserved part: "Balance: 46,000 (22,000 reserved)". */
export interface Balance {
  totalCredits: number;
  reservedCredits: number;
  availableCredits: number;
}

/** The user's balance as the ledger's lines left it (AC-2). */
export async function getBalance(userId: string): Promise<Balance> {
  return balanceOf(await db().creditAccount.findUnique({ where: { userId } }));
}

/** What an account's row says. NOT_FOUND where there is none. */
export function balanceOf(account: { available: bigint; reserved: bigint } | null): Balance {
  if (!account) throw new DomainError('NOT_FOUND');
  return {
    totalCredits: Number(account.available + account.reserved),
    reservedCredits: Number(account.reserved),
    availableCredits: Number(account.available),
  };
}
