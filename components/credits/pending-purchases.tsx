'use client';

import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { wordOffer } from '@/lib/credits/rules/packages';
import { Button } from '../ui/button';
import { LocalTime } from '../ui/local-time';
import { Notice } from '../ui/notice';
import { RefusalNotice } from '../verbs/refusal-notice';
import { useVerb } from '../verbs/use-verb';
import type { Verb } from '../verbs/verb-result';

export interface Purchase {
  id: string;
  credits: number;
  amountCents: number;
  createdAt: Date | string;
}

export type CheckPurchaseVerb = Verb<
  { purchaseId: string },
  { status: 'pending' | 'paid' | 'expired'; checkoutUrl: string | null }
>;

interface PendingPurchasesProps {
  /** Newest first. */
  purchases: readonly Purchase[];
  check: CheckPurchaseVerb;
}

/** Purchases whose money has not come: shown as pending, not added. */
export function PendingPurchases({ purchases, check }: PendingPurchasesProps) {
  if (purchases.length === 0) return null;
  return (
    <section aria-label="Pending payments" className="flex flex-col gap-3 print:hidden">
      {purchases.map((purchase) => (
        <PendingPurchase key={purchase.id} purchase={purchase} check={check} />
      ))}
    </section>
  );
}

function PendingPurchase({ purchase, check }: { purchase: Purchase; check: CheckPurchaseVerb }) {
  const router = useRouter();
  const [leaving, setLeaving] = useState(false);
  const [underWay, setUnderWay] = useState(false);
  const { run, pending, refusal } = useVerb(check);

  async function goOn() {
    setUnderWay(false);
    const result = await run({ purchaseId: purchase.id });
    if (!result?.ok) return;
    const { status, checkoutUrl } = result.value;
    if (status !== 'pending') return router.refresh();
    if (!checkoutUrl) return setUnderWay(true);
    setLeaving(true);
    window.location.assign(checkoutUrl);
  }

  return (
    <>
      <Notice
        title={`Payment pending: ${wordOffer(purchase)}`}
        actions={
          <Button size="small" pending={pending || leaving} onClick={goOn}>
            Continue
            <span className="sr-only"> with {wordOffer(purchase)}</span>
          </Button>
        }
      >
        Begun <LocalTime at={purchase.createdAt} as="moment" />. Nothing is added before it is paid.
        <span role="status">
          {underWay && ' Your payment is confirmed and the money is on its way.'}
        </span>
      </Notice>
      {refusal && <RefusalNotice refusal={refusal} />}
    </>
  );
}
