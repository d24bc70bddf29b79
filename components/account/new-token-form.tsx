'use client';

import { type FormEvent, useState } from 'react';
import type { CreatedApiToken } from '@/lib/accounts/create-api-token';
import { Button } from '../ui/button';
import { TextField } from '../ui/text-field';
import { RefusalNotice } from '../verbs/refusal-notice';
import { useVerb } from '../verbs/use-verb';
import type { Verb } from '../verbs/verb-result';

interface NewTokenFormProps {
  create: Verb<{ name: string }, CreatedApiToken>;
  /** Why no more can be made. */
  full?: string;
  onCreated: (created: CreatedApiToken) => void;
}

const wanted = 'Give it a name of 1 to 60 characters, such as “Nightly run”.';

/** Names a new token. What was typed stays when it is refused. */
export function NewTokenForm({ create, full, onCreated }: NewTokenFormProps) {
  const [name, setName] = useState('');
  const [error, setError] = useState<string>();
  const { run, pending, refusal } = useVerb(create);

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (full) return;
    const length = name.trim().length;
    if (length === 0 || length > 60) return setError(wanted);
    const result = await run({ name });
    if (result?.ok) onCreated(result.value);
    // The server knows more of names than their length.
    else if (result?.refusal.code === 'INVALID_INPUT') setError(wanted);
  }

  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-4">
      <TextField
        label="Name of a new token"
        hint="What will use it, so that you know it later."
        name="name"
        autoComplete="off"
        value={name}
        error={error}
        onChange={({ target }) => {
          setName(target.value);
          setError(undefined);
        }}
      />
      <div>
        <Button type="submit" pending={pending} unavailable={full}>
          Create token
        </Button>
      </div>
      {refusal && refusal.code !== 'INVALID_INPUT' && <RefusalNotice refusal={refusal} />}
    </form>
  );
}
