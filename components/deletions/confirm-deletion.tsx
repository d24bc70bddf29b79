'use client';

import { type FormEvent, type ReactNode, type RefObject, useId, useState } from 'react';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { TextField } from '../ui/text-field';
import { LeaveButton } from '../verbs/leave-button';
import { RefusalNotice } from '../verbs/refusal-notice';
import { useVerb } from '../verbs/use-verb';
import type { Verb } from '../verbs/verb-result';

interface ConfirmDeletionProps<Value> {
  title: ReactNode;
  /** What happens, a sentence each. */
  consequences: ReactNode[];
  /** What has to be typed, as it is shown. */
  expected: string;
  /** "Type the name to confirm". */
  label: string;
  /** "Delete influencer". */
  action: string;
  remove: Verb<{ confirmation: string }, Value>;
  onDeleted: (value: Value) => void;
  onClose: () => void;
  returnFocus: RefObject<HTMLElement | null>;
}

/** Asks before something is deleted for good: says what happens, and wants it typed. */
export function ConfirmDeletion<Value>({
  title,
  consequences,
  expected,
  label,
  action,
  remove,
  onDeleted,
  onClose,
  returnFocus,
}: ConfirmDeletionProps<Value>) {
  const formId = useId();
  const [typed, setTyped] = useState('');
  const [error, setError] = useState<string>();
  const { run, pending, refusal } = useVerb(remove);
  const wanted = `Type “${expected}” exactly.`;

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (plain(typed) !== plain(expected)) return setError(wanted);
    const result = await run({ confirmation: typed });
    if (result?.ok) onDeleted(result.value);
    else if (result?.refusal.code === 'NAME_DIFFERS') setError(wanted);
  }

  return (
    <Dialog
      open
      onClose={onClose}
      busy={pending}
      role="alertdialog"
      title={title}
      description={
        <ul className="flex list-disc flex-col gap-2 pl-5">
          {consequences.map((sentence, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: they never change their places
            <li key={place}>{sentence}</li>
          ))}
        </ul>
      }
      returnFocus={returnFocus}
      actions={
        <>
          <Button type="submit" form={formId} variant="danger" pending={pending} needsConnection>
            {action}
          </Button>
          <LeaveButton pending={pending} onClick={onClose} data-autofocus>
            Keep it
          </LeaveButton>
        </>
      }
    >
      <form id={formId} onSubmit={submit} noValidate className="flex flex-col gap-4">
        <TextField
          label={label}
          hint={<bdi className="break-words">{expected}</bdi>}
          name="confirmation"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={typed}
          error={error}
          onChange={({ target }) => {
            setTyped(target.value);
            setError(undefined);
          }}
        />
        {refusal && refusal.code !== 'NAME_DIFFERS' && <RefusalNotice refusal={refusal} />}
      </form>
    </Dialog>
  );
}

/** As the server compares: keyboards write the same letter in more than one way. */
function plain(text: string): string {
  return text.trim().normalize('NFC').toLowerCase();
}
