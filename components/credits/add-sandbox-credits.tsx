'use client';

import { useState } from 'react';
import { type SandboxAmount, sandboxAmounts } from '@/lib/credits/rules/sandbox-credits';
import { formatBalance, formatCredits } from '@/lib/format';
import { Button } from '../ui/button';
import { Panel } from '../ui/panel';
import { RadioCards } from '../ui/radio-cards';
import { SandboxMark } from '../ui/sandbox-mark';
import { newRequestId } from '../verbs/new-request-id';
import { RefusalNotice } from '../verbs/refusal-notice';
import { useVerb } from '../verbs/use-verb';
import type { Verb } from '../verbs/verb-result';

interface Balance {
  availableCredits: number;
  reservedCredits: number;
}

interface AddSandboxCreditsProps {
  add: Verb<{ amountCredits: SandboxAmount; requestId: string }, Balance>;
}

/** Test credits for installations without a real GPU, and plainly said to be such. */
export function AddSandboxCredits({ add }: AddSandboxCreditsProps) {
  const [amount, setAmount] = useState<SandboxAmount>(25_000);
  const [requestId, setRequestId] = useState(newRequestId);
  const [added, setAdded] = useState<{ amount: SandboxAmount; balance: Balance } | null>(null);
  const { run, pending, refusal } = useVerb(add);

  async function submit() {
    setAdded(null);
    const result = await run({ amountCredits: amount, requestId });
    if (!result?.ok) return;
    setRequestId(newRequestId());
    setAdded({ amount, balance: result.value });
  }

  return (
    <Panel
      title="Add sandbox credits"
      aside={<SandboxMark />}
      description="Test purchase. No money moves."
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
        className="flex flex-col gap-4"
      >
        <RadioCards
          legend="How many"
          legendHidden
          name="amount"
          value={String(amount)}
          onChange={(value) => {
            const chosen = sandboxAmounts.find((known) => String(known) === value);
            if (!chosen) return;
            setAmount(chosen);
            // Another amount is another request.
            setRequestId(newRequestId());
          }}
          options={sandboxAmounts.map((value) => ({
            value: String(value),
            label: formatCredits(value),
            aside: 'free',
          }))}
        />
        {refusal && <RefusalNotice refusal={refusal} />}
        <div>
          <Button type="submit" variant="primary" pending={pending}>
            Add {formatCredits(amount)}
          </Button>
        </div>
        <div role="status" className="text-small text-ink-2 empty:hidden">
          {added &&
            `${formatCredits(added.amount)} added. Balance: ${formatBalance(added.balance)}.`}
        </div>
      </form>
    </Panel>
  );
}
