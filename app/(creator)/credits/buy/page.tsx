import type { Metadata } from 'next';
import { z } from 'zod';
import { type PageAddress, single } from '@/app/_server/search-params';
import { demandUser } from '@/app/_server/session';
import { buyCreditsAction, checkPurchaseAction } from '@/app/actions/credits';
import { BalanceHeadline } from '@/components/credits/balance-headline';
import { BuyCredits } from '@/components/credits/buy-credits';
import { PendingPurchases } from '@/components/credits/pending-purchases';
import { PurchaseFollowUp } from '@/components/credits/purchase-follow-up';
import { PageContainer } from '@/components/shell/page-container';
import { PageHeading } from '@/components/shell/page-heading';
import { Notice } from '@/components/ui/notice';
import { notingNotFound } from '@/lib/acts/noting-not-found.ts';
import { getBalance } from '@/lib/credits/balance.ts';
import { getPurchase, listPendingPurchases } from '@/lib/credits/list-purchases.ts';
import { packageTable, proposePackage } from '@/lib/credits/rules/packages.ts';
import { DomainError } from '@/lib/errors.ts';
import { paths, safeReturnPath } from '@/lib/paths.ts';
import { paymentMode } from '@/lib/payments/configured-payments.ts';

export const metadata: Metadata = { title: 'Buy credits' };

export default async function BuyCreditsPage({ searchParams }: PageAddress) {
  const params = await searchParams;
  const back = safeReturnPath(single(params.back), '');
  const missing = creditsFrom(single(params.missing));
  const purchaseId = single(params.purchase);
  const user = await demandUser(paths.buyCredits({ back, missing }));
  const [balance, pending, purchase] = await Promise.all([
    getBalance(user.id),
    listPendingPurchases(user.id),
    findPurchase(user.id, purchaseId),
  ]);
  const mode = paymentMode();
  return (
    <PageContainer width="reading">
      <PageHeading
        title="Buy credits"
        back={
          back
            ? { href: back, label: 'Back to where you were' }
            : { href: paths.credits(), label: 'Credits' }
        }
      />
      <div className="flex flex-col gap-6">
        <BalanceHeadline balance={balance} />
        {purchase && (
          <PurchaseFollowUp
            purchase={purchase}
            balance={balance}
            back={back}
            check={checkPurchaseAction}
          />
        )}
        <PendingPurchases
          purchases={pending.filter(({ id }) => id !== purchase?.id)}
          check={checkPurchaseAction}
        />
        {mode ? (
          <BuyCredits
            packages={packageTable.packages}
            proposedId={proposePackage(missing).id}
            missingCredits={purchase?.status === 'paid' ? 0 : missing}
            payment={mode.provider === 'sandbox' ? 'sandbox' : mode.test ? 'test' : 'live'}
            back={back}
            buy={buyCreditsAction}
          />
        ) : (
          <Notice tone="warn" title="Credits cannot be bought here yet.">
            No payment provider is set up. Ask whoever runs this site.
          </Notice>
        )}
      </div>
    </PageContainer>
  );
}

/** A count of credits from the address; 0 for anything else. */
function creditsFrom(text: string | undefined): number {
  return text && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : 0;
}

/** The purchase in the address, or null when it is nobody's or not this creator's. */
async function findPurchase(userId: string, purchaseId: string | undefined) {
  if (!z.uuid().safeParse(purchaseId).success) return null;
  try {
    return await notingNotFound({ userId, operation: 'openPurchase' }, () =>
      getPurchase(userId, purchaseId ?? ''),
    );
  } catch (error) {
    if (error instanceof DomainError && error.code === 'NOT_FOUND') return null;
    throw error;
  }
}
