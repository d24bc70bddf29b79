import type { Context } from '../context.ts';
import { inTransaction, type Tx } from '../db.ts';
import { env } from '../env.ts';
import { DomainError, demand } from '../errors.ts';
import { log } from '../log.ts';
import { grantToAccount } from './ledger.ts';
import { purchaseGrantKey, purchaseMemo } from './rules/purchase-grant.ts';
import { sandboxBalanceLimitCredits } from './rules/sandbox-credits.ts';
import { type CheckoutFacts, decideSettlement } from './rules/settlement.ts';

export type PurchaseStatus = 'pending' | 'paid' | 'expired';

/**
 * Writes down what a checkout came to: paid adds its credits, in the same transaction and once,
 * whoever looks, however often and in whatever order; closed without money ends the purchase. Returns
 * the purchase's status afterwards.
 *
 * Money that is not what was agreed adds nothing and is told to the operator. Refuses NOT_FOUND,
 * SANDBOX_ONLY where a real GPU is plugged in, and BALANCE_LIMIT for test purchases above 1,000,000
 * credits (that purchase is ended).
 */
export async function settlePurchase(
  ctx: Context,
  purchaseId: string,
  checkout: CheckoutFacts,
): Promise<PurchaseStatus> {
  const { status, overLimit } = await inTransaction(async (tx) => {
    const purchase = await lockPurchase(tx, purchaseId);
    const decision = decideSettlement(purchase, checkout);
    if (decision.do === 'refuse') {
      log().error(
        { purchaseId, because: decision.because, checkout },
        'a payment does not fit its purchase; nothing was granted',
      );
    }
    if (decision.do === 'expire') return end(tx, purchaseId, ctx.now);
    if (decision.do !== 'grant') return { status: purchase.status };

    if (purchase.provider === 'sandbox') {
      demand(env().GPU_PROVIDER === 'sandbox', 'SANDBOX_ONLY');
      const totalCredits = await lockTotal(tx, purchase.accountId);
      if (totalCredits + purchase.credits > sandboxBalanceLimitCredits) {
        return { ...(await end(tx, purchaseId, ctx.now)), overLimit: { totalCredits } };
      }
    }
    const { count } = await tx.purchase.updateMany({
      where: { id: purchaseId, status: { in: ['pending', 'expired'] } },
      data: { status: 'paid', settledAt: ctx.now, externalId: checkout.externalId },
    });
    if (count === 0) return { status: 'paid' as const };
    await grantToAccount(tx, purchase.accountId, purchase.credits, {
      idempotencyKey: purchaseGrantKey(purchase),
      memo: purchaseMemo(purchase),
    });
    if (!purchase.userId) {
      log().error({ purchaseId }, 'a payment arrived for a deleted account; pay it back by hand');
    }
    return { status: 'paid' as const };
  });
  if (overLimit) {
    throw new DomainError('BALANCE_LIMIT', {
      limitCredits: sandboxBalanceLimitCredits,
      ...overLimit,
    });
  }
  return status;
}

interface Outcome {
  status: PurchaseStatus;
  overLimit?: { totalCredits: number };
}

async function end(tx: Tx, purchaseId: string, settledAt: Date): Promise<Outcome> {
  await tx.purchase.updateMany({
    where: { id: purchaseId, status: 'pending' },
    data: { status: 'expired', settledAt },
  });
  return { status: 'expired' };
}

/** The purchase, its row locked so that two who settle it come one after the other. */
async function lockPurchase(tx: Tx, purchaseId: string) {
  await tx.$queryRaw`SELECT id FROM purchases WHERE id = ${purchaseId}::uuid FOR UPDATE`;
  const purchase = await tx.purchase.findUnique({ where: { id: purchaseId } });
  if (!purchase) throw new DomainError('NOT_FOUND');
  return { ...purchase, status: purchase.status as PurchaseStatus };
}

/** The account's balance, its reserved part included, kept still until the transaction ends. */
async function lockTotal(tx: Tx, accountId: string): Promise<number> {
  const [account] = await tx.$queryRaw<{ total: bigint }[]>`
    SELECT available + reserved AS total FROM credit_accounts
    WHERE id = ${accountId}::uuid FOR UPDATE`;
  return Number(account?.total ?? 0);
}
