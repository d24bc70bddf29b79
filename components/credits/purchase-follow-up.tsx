'use client';

import { useRouter } from 'next/navigation';
import { useEffect, useRef } from 'react';
import { wordOffer } from '@/lib/credits/rules/packages';
import { formatBalance, formatCredits } from '@/lib/format';
import { Link } from '../ui/link';
import { Notice } from '../ui/notice';
import type { CheckPurchaseVerb, Purchase } from './pending-purchases';

interface PurchaseFollowUpProps {
  purchase: Purchase & { status: 'pending' | 'paid' | 'expired' };
  balance: { availableCredits: number; reservedCredits: number };
  back: string;
  check: CheckPurchaseVerb;
}

/** When the payment provider is asked after the creator came back; then every half minute. */
const askAfterMs = [1_500, 3_000, 6_000, 12_000];
const askEveryMs = 30_000;

/**
 * What became of the payment that the creator comes back from. Credits are shown as added when they
 * are; until then we ask by ourselves, whether or not the provider has told us.
 */
export function PurchaseFollowUp({ purchase, balance, back, check }: PurchaseFollowUpProps) {
  const { id, status, credits } = purchase;
  const router = useRouter();
  const tries = useRef(0);

  useEffect(() => {
    if (status !== 'pending') return;
    let timer: ReturnType<typeof setTimeout>;
    const askLater = () => {
      timer = setTimeout(ask, askAfterMs[tries.current] ?? askEveryMs);
      tries.current += 1;
    };
    async function ask() {
      if (!document.hidden) {
        const result = await check({ purchaseId: id }).catch(() => null);
        // The page is read anew: it knows the balance as well.
        if (result?.ok && result.value.status !== 'pending') return router.refresh();
      }
      askLater();
    }
    askLater();
    return () => clearTimeout(timer);
  }, [status, id, check, router]);

  const onward = back && (
    <Link href={back} className="text-link inline-flex min-h-target items-center">
      {status === 'paid' ? 'Go back and use them' : 'Back to where you were'}
    </Link>
  );
  if (status === 'paid') {
    return (
      <Notice
        tone="good"
        announce="status"
        title={`${formatCredits(credits)} added. Balance: ${formatBalance(balance)}.`}
        actions={onward}
      />
    );
  }
  if (status === 'expired') {
    return (
      <Notice
        tone="warn"
        announce="status"
        title="This payment was not completed. No credits were added."
        actions={onward}
      >
        Should the money arrive later, the credits are added by themselves.
      </Notice>
    );
  }
  return (
    <Notice announce="status" title={`Payment pending: ${wordOffer(purchase)}`} actions={onward}>
      The credits are added as soon as the payment is confirmed, usually within a minute. You can
      close this page.
    </Notice>
  );
}
