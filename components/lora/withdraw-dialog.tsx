'use client';

import { useRouter } from 'next/navigation';
import type { RefObject } from 'react';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { LeaveButton } from '../verbs/leave-button';
import { RefusalNotice } from '../verbs/refusal-notice';
import { useVerb } from '../verbs/use-verb';
import type { Verb } from '../verbs/verb-result';

export type WithdrawConsentVerb = Verb<{ characterId: string }>;

interface WithdrawDialogProps {
  characterId: string;
  name: string;
  withdrawConsent: WithdrawConsentVerb;
  onClose: () => void;
  returnFocus: RefObject<HTMLElement | null>;
}

/** Asks before a consent is withdrawn, with what goes and what stays. */
export function WithdrawDialog({
  characterId,
  name,
  withdrawConsent,
  onClose,
  returnFocus,
}: WithdrawDialogProps) {
  const router = useRouter();
  const { run, pending, refusal } = useVerb(withdrawConsent);

  async function withdraw() {
    const result = await run({ characterId });
    if (!result?.ok) return;
    router.refresh();
    onClose();
  }

  return (
    <Dialog
      open
      onClose={onClose}
      busy={pending}
      role="alertdialog"
      title={
        <>
          Withdraw your word on who <bdi>{name}</bdi> is?
        </>
      }
      description={
        <>
          <p>The record goes, and nothing is trained until you answer the question again.</p>
          <p className="mt-2">Models that are ready and your images stay.</p>
        </>
      }
      returnFocus={returnFocus}
      actions={
        <>
          <Button variant="danger" pending={pending} onClick={withdraw}>
            Withdraw your word
          </Button>
          <LeaveButton pending={pending} onClick={onClose} data-autofocus>
            Keep it
          </LeaveButton>
        </>
      }
    >
      {refusal && <RefusalNotice refusal={refusal} />}
    </Dialog>
  );
}
