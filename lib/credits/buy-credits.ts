import { randomUUID } from 'node:crypto';
import { countTry } from '../accounts/limits.ts';
import type { CreatorContext } from '../context.ts';
import { db, isUniqueViolation } from '../db.ts';
import { env } from '../env.ts';
import { DomainError, demand } from '../errors.ts';
import { formatCredits } from '../format.ts';
import { log } from '../log.ts';
import { paths, safeReturnPath } from '../paths.ts';
import { configuredPayments, paymentMode } from '../payments/configured-payments.ts';
import { type Checkout, PaymentError } from '../payments/payment-provider.ts';
import { type Balance, getBalance } from './balance.ts';
import { type BuyCredits, findPackage, packageTable } from './rules/packages.ts';
import { checkoutLifeMs } from './rules/settlement.ts';
import { type PurchaseStatus, settlePurchase } from './settle-purchase.ts';

export interface StartedPurchase {
  purchaseId: string;
  status: PurchaseStatus;
  credits: number;
  /** Where it is paid; null once there is nothing left to pay. */
  checkoutUrl: string | null;
  balance: Balance;
}

/**
 * Buys a package: the purchase is committed as pending, then its payment page is opened at the
 * provider; a crash in between is repaired by repeating the request. Credits are added when the money
 * is there (`settlePurchase`), which for a test purchase is at once (AC-2).
 *
 * The same `requestId` with the same package is the same purchase and the same page. Refuses
 * PACKAGE_GONE, REQUEST_REUSED, TOO_MANY_REQUESTS, BALANCE_LIMIT (tests only), PAYMENTS_UNAVAILABLE
 * and PAYMENT_PAGE_UNREACHABLE; no refusal moves money.
 */
export async function buyCredits(ctx: CreatorContext, input: BuyCredits): Promise<StartedPurchase> {
  const mode = paymentMode();
  demand(mode, 'PAYMENTS_UNAVAILABLE');
  const { userId } = ctx.actor;
  await countTry('buyCredits', userId);
  const purchase = await findOrAdd(ctx, input, mode.provider);

  const outcome = purchase.status === 'paid' ? null : await openCheckout(ctx, purchase, input.back);
  return {
    purchaseId: purchase.id,
    status: outcome?.status ?? 'paid',
    credits: purchase.credits,
    checkoutUrl: outcome?.checkout.url ?? null,
    balance: await getBalance(userId),
  };
}

interface PendingPurchase {
  id: string;
  provider: string;
  externalId: string | null;
  credits: number;
  amountCents: number;
  currency: string;
  createdAt: Date;
}

async function openCheckout(
  ctx: CreatorContext,
  purchase: PendingPurchase,
  back: string | undefined,
): Promise<{ checkout: Checkout; status: PurchaseStatus }> {
  const checkout = await askForCheckout(purchase, back);
  // Before anybody learns of the page: from now on it can be found again by its own id.
  await db().purchase.updateMany({
    where: { id: purchase.id, externalId: null },
    data: { externalId: checkout.externalId },
  });
  return { checkout, status: await settlePurchase(ctx, purchase.id, checkout) };
}

async function askForCheckout(purchase: PendingPurchase, back = ''): Promise<Checkout> {
  const { id, provider, externalId, credits, amountCents, currency, createdAt } = purchase;
  try {
    const payments = configuredPayments(provider);
    if (externalId) return await payments.readCheckout(externalId);
    const returnPath = safeReturnPath(back, '');
    const page = new URL(paths.buyCredits({ back: returnPath }), env().APP_URL);
    const success = new URL(page);
    success.searchParams.set('purchase', id);
    return await payments.createCheckout({
      purchaseId: id,
      title: formatCredits(credits),
      amountCents,
      currency,
      expiresAt: new Date(createdAt.getTime() + checkoutLifeMs),
      successUrl: success.href,
      cancelUrl: page.href,
    });
  } catch (error) {
    throw refusalOf(error, id);
  }
}

/** What a creator is told; what the provider said stays in the log. */
export function refusalOf(error: unknown, purchaseId: string): unknown {
  if (!(error instanceof PaymentError)) return error;
  log().error({ purchaseId, kind: error.kind, error }, 'a call to the payment provider failed');
  const code = error.kind === 'retry' ? 'PAYMENT_PAGE_UNREACHABLE' : 'PAYMENTS_UNAVAILABLE';
  return new DomainError(code, {}, { cause: error });
}

async function findOrAdd(
  ctx: CreatorContext,
  { packageId, requestId }: BuyCredits,
  provider: string,
) {
  const { userId } = ctx.actor;
  const account = await db().creditAccount.findUnique({ where: { userId }, select: { id: true } });
  if (!account) throw new DomainError('NOT_FOUND');
  const ofRequest = { accountId_requestId: { accountId: account.id, requestId } };
  const repeated = await db().purchase.findUnique({ where: ofRequest });
  if (repeated) return sameRequest(repeated, packageId);

  const offered = findPackage(packageId);
  demand(offered, 'PACKAGE_GONE');
  try {
    return await db().purchase.create({
      data: {
        id: randomUUID(),
        userId,
        accountId: account.id,
        requestId,
        packageId,
        credits: offered.credits,
        amountCents: offered.amountCents,
        currency: packageTable.currency,
        provider,
        createdAt: ctx.now,
      },
    });
  } catch (error) {
    // Two of the same request at once: the other one's purchase is this one's too.
    if (!isUniqueViolation(error)) throw error;
    return sameRequest(await db().purchase.findUniqueOrThrow({ where: ofRequest }), packageId);
  }
}

/** An ended purchase is not opened again: that would be another checkout under an old request. */
function sameRequest<P extends { packageId: string; status: string }>(
  purchase: P,
  packageId: string,
): P {
  demand(purchase.packageId === packageId && purchase.status !== 'expired', 'REQUEST_REUSED');
  return purchase;
}
