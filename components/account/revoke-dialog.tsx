'use client';

import type { RefObject } from 'react';
import type { ApiTokenView } from '@/lib/accounts/list-api-tokens';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { LeaveButton } from '../verbs/leave-button';
import { RefusalNotice } from '../verbs/refusal-notice';
import { useVerb } from '../verbs/use-verb';
import type { Verb } from '../verbs/verb-result';

interface RevokeDialogProps {
  token: ApiTokenView;
  revoke: Verb<{ apiTokenId: string }>;
  returnFocus: RefObject<HTMLElement | null>;
  onClose: () => void;
  onRevoked: () => void;
}

/** Asks before a token is ended: whatever uses it stops working at once. */
export function RevokeDialog({
  token,
  revoke,
  returnFocus,
  onClose,
  onRevoked,
}: RevokeDialogProps) {
  const { run, pending, refusal } = useVerb(revoke);

  async function confirm() {
    const result = await run({ apiTokenId: token.id });
    if (result?.ok) onRevoked();
  }

  return (
    <Dialog
      open
      onClose={onClose}
      busy={pending}
      role="alertdialog"
      title={
        <>
          Revoke <bdi>{token.name}</bdi>?
        </>
      }
      description={
        <p>
          Programs that use <code className="font-mono">lk_…{token.hint}</code> are refused from
          then on. This cannot be undone; you can make a new token.
        </p>
      }
      returnFocus={returnFocus}
      actions={
        <>
          <Button variant="danger" pending={pending} onClick={confirm}>
            Revoke token
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
