'use client';

import { useRef, useState } from 'react';
import type { TrainingPanelView } from '@/lib/lora/get-training-panel';
import { Button } from '../ui/button';
import { Later } from '../ui/later';
import { LocalTime } from '../ui/local-time';
import { consentLabels } from './consent-choice';
import type { WithdrawConsentVerb } from './withdraw-dialog';

const loadDialog = () => import('./withdraw-dialog').then((module) => module.WithdrawDialog);

interface ConsentRecordProps {
  characterId: string;
  name: string;
  consent: NonNullable<TrainingPanelView['character']['consent']>;
  /** A training is under way. */
  open: boolean;
  withdrawConsent: WithdrawConsentVerb;
}

/** What the creator said about who this is, and the way to take it back. */
export function ConsentRecord({
  characterId,
  name,
  consent,
  open,
  withdrawConsent,
}: ConsentRecordProps) {
  const [asking, setAsking] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  return (
    <div className="grid gap-x-6 gap-y-3 border-t border-line pt-5 sm:grid-cols-[minmax(0,1fr)_auto]">
      <div>
        <h3 ref={heading} tabIndex={-1} className="font-semibold">
          Who this is
        </h3>
        <p className="mt-1 max-w-measure text-small text-ink-2">
          “{consentLabels[consent.kind]}”, said on <LocalTime at={consent.givenAt} />.
        </p>
      </div>
      {/* The button stands in the same place whether or not a reason stands below it. */}
      <div className="flex flex-col items-start sm:max-w-52 sm:items-end sm:text-right">
        <Button
          size="small"
          className="sm:self-end"
          onClick={() => setAsking(true)}
          unavailable={open ? 'Not while a training is under way.' : null}
        >
          Withdraw
        </Button>
      </div>
      <Later load={loadDialog} wanted={asking} onFailed={() => setAsking(false)}>
        {(WithdrawDialog) => (
          <WithdrawDialog
            characterId={characterId}
            name={name}
            withdrawConsent={withdrawConsent}
            onClose={() => setAsking(false)}
            returnFocus={heading}
          />
        )}
      </Later>
    </div>
  );
}
