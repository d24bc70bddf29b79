'use client';

import { useState } from 'react';
import { type CreditPackage, wordCents, wordOffer } from '@/lib/credits/rules/packages';
import { formatBalance, formatCount, formatCredits, formatDollars } from '@/lib/format';
import { Button } from '../ui/button';
import { Link } from '../ui/link';
import { Notice } from '../ui/notice';
import { Panel } from '../ui/panel';
import { RadioCards } from '../ui/radio-cards';
import { SandboxMark } from '../ui/sandbox-mark';
import { newRequestId } from '../verbs/new-request-id';
import { RefusalNotice } from '../verbs/refusal-notice';
import { useVerb } from '../verbs/use-verb';
import type { Verb } from '../verbs/verb-result';

export type BuyCreditsVerb = Verb<
  { packageId: string; requestId: string; back?: string },
  {
    status: 'pending' | 'paid' | 'expired';
    credits: number;
    checkoutUrl: string | null;
    balance: { availableCredits: number; reservedCredits: number };
  }
>;

interface BuyCreditsProps {
  /** Smallest first. */
  packages: readonly CreditPackage[];
  /** The one that is chosen at first. */
  proposedId: string;
  /** What the creator is short of; 0 when nothing is known. */
  missingCredits: number;
  /** `sandbox`: no payment provider; `test`: one that moves no money; `live`: real money. */
  payment: 'live' | 'test' | 'sandbox';
  /** Where the creator came from, if they did. */
  back: string;
  buy: BuyCreditsVerb;
}

const descriptions = {
  live: 'You pay on Stripe’s page. We never see your card.',
  test: 'Test purchase. No money moves.',
  sandbox: 'Test purchase. No money moves.',
} as const;

/**
 * One package, one button that says what it does. Money is never optimistic: credits are there when
 * the server says so. The request id is kept while no answer came, so a second press and a repeat
 * after a lost answer are the same purchase; after an answer the next press is a new one.
 */
export function BuyCredits({
  packages,
  proposedId,
  missingCredits,
  payment,
  back,
  buy,
}: BuyCreditsProps) {
  const [packageId, setPackageId] = useState(proposedId);
  const [requestId, setRequestId] = useState(newRequestId);
  const [leaving, setLeaving] = useState(false);
  const [bought, setBought] = useState<{ credits: number; balance: string } | null>(null);
  const { run, pending, refusal } = useVerb(buy);
  const chosen = packages.find(({ id }) => id === packageId) ?? packages[0];
  const proposed = packages.find(({ id }) => id === proposedId) ?? chosen;
  if (!chosen || !proposed) return null;

  async function submit() {
    setBought(null);
    const result = await run({ packageId, requestId, back: back || undefined });
    if (!result) return;
    if (!result.ok) {
      // After an answer that tells nothing it may have been done: only the same request finds out.
      if (result.refusal.code !== 'INTERNAL') setRequestId(newRequestId());
      return;
    }
    const { status, checkoutUrl, credits, balance } = result.value;
    if (status === 'pending' && checkoutUrl) {
      setLeaving(true);
      window.location.assign(checkoutUrl);
      return;
    }
    setRequestId(newRequestId());
    if (status === 'paid') setBought({ credits, balance: formatBalance(balance) });
  }

  return (
    <Panel
      title="Choose a package"
      aside={payment === 'sandbox' && <SandboxMark />}
      description={descriptions[payment]}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
        className="flex flex-col gap-4"
      >
        {missingCredits > 0 && !bought && (
          <Notice title={`You need ${formatCount(missingCredits, 'more credit', 'more credits')}.`}>
            {proposed.credits >= missingCredits
              ? `The package of ${formatCredits(proposed.credits)} covers it.`
              : `The largest package has ${formatCredits(proposed.credits)}. You can buy it more than once.`}
          </Notice>
        )}
        <RadioCards
          legend="Package"
          legendHidden
          name="package"
          value={packageId}
          onChange={(id) => {
            setPackageId(id);
            // Another package is another request.
            setRequestId(newRequestId());
          }}
          options={packages.map(({ id, credits, amountCents }) => ({
            value: id,
            label: formatCredits(credits),
            aside: wordCents(amountCents),
            description: `${formatDollars(Math.round((amountCents * 10_000_000) / credits))} for 1,000 credits`,
          }))}
        />
        {refusal && <RefusalNotice refusal={refusal} />}
        <div>
          <Button type="submit" variant="primary" pending={pending || leaving}>
            Buy {wordOffer(chosen)}
          </Button>
        </div>
        <div role="status" className="empty:hidden">
          {leaving && 'Opening the payment page…'}
          {bought && (
            <Notice
              tone="good"
              title={`${formatCredits(bought.credits)} added. Balance: ${bought.balance}.`}
              actions={
                back && (
                  <Link href={back} className="text-link inline-flex min-h-target items-center">
                    Go back and use them
                  </Link>
                )
              }
            />
          )}
        </div>
      </form>
    </Panel>
  );
}
