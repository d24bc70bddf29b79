'use client';

import { useActionState, useEffect, useRef, useState } from 'react';
import { LinkButton } from '../ui/link-button';
import { SubmitButton } from '../ui/submit-button';
import { TextArea } from '../ui/text-area';
import { TextField } from '../ui/text-field';
import { RefusalNotice } from '../verbs/refusal-notice';
import type { Refusal } from '../verbs/verb-result';

export interface NewCharacterState {
  name: string;
  look: string;
  refusal: Refusal | null;
}

const empty: NewCharacterState = { name: '', look: '', refusal: null };
const maxName = 60;
const maxLook = 1_000;

interface NewCharacterFormProps {
  create: (before: NewCharacterState, form: FormData) => Promise<NewCharacterState>;
  cancelHref: string;
}

/** Name and look of a new influencer. What was typed stays when something is wrong with it. */
export function NewCharacterForm({ create, cancelHref }: NewCharacterFormProps) {
  const [state, send] = useActionState(create, empty);
  const form = useRef<HTMLFormElement>(null);
  const [nameLength, setNameLength] = useState(state.name.trim().length);
  const field = state.refusal?.code === 'INVALID_INPUT' ? state.refusal.details.field : null;

  useEffect(() => {
    if (state.refusal) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [state]);

  return (
    <form ref={form} action={send} noValidate className="flex flex-col gap-6">
      {state.refusal && field === null && <RefusalNotice refusal={state.refusal} />}
      <TextField
        label="Name"
        name="name"
        required
        autoComplete="off"
        dir="auto"
        defaultValue={state.name}
        onInput={(event) => setNameLength([...event.currentTarget.value.trim()].length)}
        aside={nameLength > maxName - 15 ? `${nameLength} of ${maxName}` : undefined}
        hint="Shown everywhere. It never becomes part of what the model learns."
        error={
          field === 'name'
            ? state.name.trim() === ''
              ? 'Give the influencer a name.'
              : `A name has at most ${maxName} characters.`
            : undefined
        }
      />
      <TextArea
        label="Look"
        name="look"
        optional
        dir="auto"
        rows={4}
        defaultValue={state.look}
        hint="A short description, such as “woman in her thirties, short dark hair, freckles”. Used when images are made."
        error={field === 'look' ? `At most ${maxLook} characters.` : undefined}
      />
      <div className="flex flex-wrap items-center gap-3">
        <SubmitButton variant="primary">Create influencer</SubmitButton>
        <LinkButton href={cancelHref} variant="quiet">
          Cancel
        </LinkButton>
      </div>
    </form>
  );
}
