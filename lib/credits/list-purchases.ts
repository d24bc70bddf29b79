import { db } from '../db.ts';
import { DomainError } from '../errors.ts';
import type { PurchaseStatus } from './settle-purchase.ts';

export interface PurchaseView {
  id: string;
  credits: number;
  amountCents: number;
  status: PurchaseStatus;
  createdAt: Date;
}

const select = { id: true, credits: true, amountCents: true, status: true, createdAt: true };

function viewOf<P extends { status: string }>(purchase: P) {
  return { ...purchase, status: purchase.status as PurchaseStatus };
}

/** The user's purchases whose payment page was opened and whose money has not come, newest first. */
export async function listPendingPurchases(userId: string): Promise<PurchaseView[]> {
  const purchases = await db().purchase.findMany({
    where: { userId, status: 'pending', externalId: { not: null } },
    orderBy: { createdAt: 'desc' },
    take: 20,
    select,
  });
  return purchases.map(viewOf);
}

/** One purchase of the user's; anybody else's is NOT_FOUND. */
export async function getPurchase(userId: string, purchaseId: string): Promise<PurchaseView> {
  const purchase = await db().purchase.findFirst({ where: { id: purchaseId, userId }, select });
  if (!purchase) throw new DomainError('NOT_FOUND');
  return viewOf(purchase);
}
