'use client';

import { type FormEvent, useId, useRef, useState } from 'react';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { TextField } from '../ui/text-field';
import { LeaveButton } from '../verbs/leave-button';
import { RefusalNotice } from '../verbs/refusal-notice';
import { useVerb } from '../verbs/use-verb';
import type { Verb } from '../verbs/verb-result';

interface PauseDialogProps {
  pause: Verb<{ reason: string }>;
  onClose: () => void;
  onDone: () => void;
}

/** Says what a pause does, and wants to know why: whoever comes next reads it. */
export function PauseDialog({ pause, onClose, onDone }: PauseDialogProps) {
  const formId = useId();
  const field = useRef<HTMLInputElement>(null);
  const [reason, setReason] = useState('');
  const [error, setError] = useState<string>();
  const { run, pending, refusal } = useVerb(pause);

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (!reason.trim()) {
      setError('Say why, for whoever looks next.');
      field.current?.focus();
      return;
    }
    const result = await run({ reason });
    if (result?.ok) onDone();
  }

  return (
    <Dialog
      open
      onClose={onClose}
      busy={pending}
      title="Pause new trainings?"
      description={
        <p>New trainings are refused and nothing more is handed to a GPU. What runs goes on.</p>
      }
      actions={
        <>
          <Button type="submit" form={formId} variant="danger" pending={pending} needsConnection>
            Pause trainings
          </Button>
          <LeaveButton pending={pending} onClick={onClose}>
            Leave as it is
          </LeaveButton>
        </>
      }
    >
      <form id={formId} onSubmit={submit} noValidate className="flex flex-col gap-4">
        <TextField
          ref={field}
          label="Reason"
          hint="Operators read it, creators do not."
          name="reason"
          maxLength={500}
          autoComplete="off"
          data-autofocus
          value={reason}
          error={error}
          onChange={({ target }) => {
            setReason(target.value);
            setError(undefined);
          }}
        />
        {refusal && <RefusalNotice refusal={refusal} />}
      </form>
    </Dialog>
  );
}
