'use client';

import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { LeaveButton } from '../verbs/leave-button';
import { RefusalNotice } from '../verbs/refusal-notice';
import { useVerb } from '../verbs/use-verb';
import type { Verb } from '../verbs/verb-result';

interface ResumeDialogProps {
  resume: Verb<object>;
  onClose: () => void;
  onDone: () => void;
}

/** Asks before trainings go on: from then on they cost money again. */
export function ResumeDialog({ resume, onClose, onDone }: ResumeDialogProps) {
  const { run, pending, refusal } = useVerb(resume);

  async function confirm() {
    const result = await run({});
    if (result?.ok) onDone();
  }

  return (
    <Dialog
      open
      onClose={onClose}
      busy={pending}
      role="alertdialog"
      title="Let trainings go on?"
      description={<p>New trainings start again, and what waits is handed to a GPU.</p>}
      actions={
        <>
          <Button variant="primary" pending={pending} needsConnection onClick={confirm}>
            Let them go on
          </Button>
          <LeaveButton pending={pending} onClick={onClose} data-autofocus>
            Stay paused
          </LeaveButton>
        </>
      }
    >
      {refusal && <RefusalNotice refusal={refusal} />}
    </Dialog>
  );
}
