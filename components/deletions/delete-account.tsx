'use client';

import { useRef, useState } from 'react';
import type { AccountHoldings } from '@/lib/deletions/account-holdings';
import { formatCount, formatCredits } from '@/lib/format';
import { Button } from '../ui/button';
import { Later } from '../ui/later';
import { Panel } from '../ui/panel';
import type { Verb } from '../verbs/verb-result';

const loadDialog = () =>
  import('./confirm-deletion').then((module) => module.ConfirmDeletion<{ receiptPath: string }>);

interface DeleteAccountProps {
  email: string;
  holdings: AccountHoldings;
  deleteAccount: Verb<{ confirmation: string }, { receiptPath: string }>;
}

/** The end of the account page: the way out. */
export function DeleteAccount({ email, holdings, deleteAccount }: DeleteAccountProps) {
  const [asking, setAsking] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const { influencers, openTrainings, availableCredits } = holdings;

  return (
    <Panel
      title="Delete account"
      description="Everything of yours goes for good, and you are signed out everywhere."
    >
      <Button ref={button} onClick={() => setAsking(true)}>
        Delete…
      </Button>
      <Later load={loadDialog} wanted={asking} onFailed={() => setAsking(false)} className="mt-2">
        {(ConfirmDeletion) => (
          <ConfirmDeletion
            title="Delete your account?"
            consequences={[
              influencers > 0
                ? `${formatCount(influencers, 'influencer')} with all images, trainings and models, your tokens, notifications and sign-ins are deleted. This cannot be undone.`
                : 'Your tokens, notifications and sign-ins are deleted. This cannot be undone.',
              ...(openTrainings > 0
                ? [
                    `${formatCount(openTrainings, 'training under way is', 'trainings under way are')} stopped.`,
                  ]
                : []),
              ...(availableCredits > 0
                ? [
                    <strong key="lost">
                      {formatCredits(availableCredits)} are lost: they are not paid back, and a new
                      account starts without them.
                    </strong>,
                  ]
                : []),
              'The credit ledger and purchases stay for the books, under a number that leads to nobody.',
            ]}
            label="Type your e-mail address to confirm"
            expected={email}
            action="Delete account"
            remove={deleteAccount}
            // A new page: nothing of the signed-in one may stay in memory.
            onDeleted={({ receiptPath }) => location.assign(receiptPath)}
            onClose={() => setAsking(false)}
            returnFocus={button}
          />
        )}
      </Later>
    </Panel>
  );
}
