import type { CreatorContext } from '../context.ts';
import { inTransaction } from '../db.ts';
import { env } from '../env.ts';
import { DomainError, demand } from '../errors.ts';
import { type Balance, getBalance } from './balance.ts';
import { grant } from './ledger.ts';
import {
  type AddSandboxCredits,
  sandboxBalanceLimitCredits,
  sandboxGrantPrefix,
} from './rules/sandbox-credits.ts';

/**
 * Adds test credits, for which nobody pays; returns the balance afterwards. The same `requestId`
 * adds once (AC-2: every credit is a line with a reason).
 *
 * Refuses SANDBOX_ONLY where a real GPU is plugged in, BALANCE_LIMIT when the balance would pass
 * 1,000,000 credits, and REQUEST_REUSED when the id was sent before with another amount.
 */
export async function addSandboxCredits(
  ctx: CreatorContext,
  input: AddSandboxCredits,
): Promise<Balance> {
  demand(env().GPU_PROVIDER === 'sandbox', 'SANDBOX_ONLY');
  const { userId } = ctx.actor;
  const idempotencyKey = `${sandboxGrantPrefix}${userId}:${input.requestId}`;
  await inTransaction(async (tx) => {
    const repeat = await tx.creditLine.findUnique({ where: { idempotencyKey } });
    // The grant locks the account, so nobody moves it between this line and the look at it.
    await grant(tx, userId, input.amountCredits, { idempotencyKey, memo: 'Sandbox credits' });
    if (repeat) return;
    const account = await tx.creditAccount.findUnique({ where: { userId } });
    if (!account) throw new DomainError('NOT_FOUND');
    const totalCredits = Number(account.available + account.reserved);
    demand(totalCredits <= sandboxBalanceLimitCredits, 'BALANCE_LIMIT', {
      limitCredits: sandboxBalanceLimitCredits,
      totalCredits: totalCredits - input.amountCredits,
    });
  });
  return getBalance(userId);
}
