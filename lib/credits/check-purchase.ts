import { countTry } from '../accounts/limits.ts';
import type { Context } from '../context.ts';
import { db } from '../db.ts';
import { DomainError } from '../errors.ts';
import { configuredPayments } from '../payments/configured-payments.ts';
import type { Checkout } from '../payments/payment-provider.ts';
import { refusalOf } from './buy-credits.ts';
import type { PurchaseId } from './rules/packages.ts';
import { type PurchaseStatus, settlePurchase } from './settle-purchase.ts';

export interface CheckedPurchase {
  status: PurchaseStatus;
  /** The payment page, while it is open. */
  checkoutUrl: string | null;
}

/**
 * Looks at the payment provider for what became of a purchase, and writes it down. Asked by the page
 * a creator comes back to, by a webhook's bell and by the sweep: credits do not depend on any one of
 * them. An ended purchase is looked at again when a bell rings, because money may have come late.
 *
 * Refuses NOT_FOUND (somebody else's too), TOO_MANY_REQUESTS, and as `buyCredits` when the provider
 * cannot be asked.
 */
export async function checkPurchase(
  ctx: Context,
  { purchaseId }: PurchaseId,
): Promise<CheckedPurchase> {
  const { actor } = ctx;
  if (actor.kind === 'creator') await countTry('checkPurchase', actor.userId);
  const purchase = await db().purchase.findFirst({
    where: { id: purchaseId, ...(actor.kind === 'creator' ? { userId: actor.userId } : {}) },
    select: { status: true, provider: true, externalId: true },
  });
  if (!purchase) throw new DomainError('NOT_FOUND');
  const status = purchase.status as PurchaseStatus;
  if (status === 'paid' || !purchase.externalId) return { status, checkoutUrl: null };

  let checkout: Checkout;
  try {
    checkout = await configuredPayments(purchase.provider).readCheckout(purchase.externalId);
  } catch (error) {
    throw refusalOf(error, purchaseId);
  }
  return {
    status: await settlePurchase(ctx, purchaseId, checkout),
    checkoutUrl: checkout.url,
  };
}
