'use client';

import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { formatCount } from '@/lib/format';
import { Button } from '../ui/button';
import { Panel } from '../ui/panel';
import { PasswordField } from '../ui/password-field';
import { RefusalNotice } from '../verbs/refusal-notice';
import { useVerb } from '../verbs/use-verb';
import type { Verb } from '../verbs/verb-result';

interface ChangePasswordProps {
  minLength: number;
  change: Verb<{ currentPassword: string; newPassword: string }>;
}

/** Another password, for whoever knows the current one. */
export function ChangePassword({ minLength, change }: ChangePasswordProps) {
  const router = useRouter();
  const { run, pending, refusal } = useVerb(change);
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [tooShort, setTooShort] = useState(false);
  const [said, setSaid] = useState('');

  async function submit(event: FormEvent) {
    event.preventDefault();
    setSaid('');
    setTooShort(next.length < minLength);
    if (next.length < minLength) return;
    const result = await run({ currentPassword: current, newPassword: next });
    if (!result?.ok) return;
    setCurrent('');
    setNext('');
    setSaid('Your password was changed. You were signed out everywhere else.');
    router.refresh();
  }

  const wrong = refusal?.code === 'WRONG_PASSWORD' ? refusal.sentence : undefined;
  return (
    <Panel
      title="Password"
      description="Changing it signs you out everywhere else. API tokens go on working."
    >
      <form onSubmit={submit} noValidate className="flex flex-col gap-4">
        <PasswordField
          label="Current password"
          autoComplete="current-password"
          value={current}
          maxLength={200}
          error={wrong}
          onChange={({ target }) => setCurrent(target.value)}
        />
        <PasswordField
          label="New password"
          autoComplete="new-password"
          hint={`At least ${formatCount(minLength, 'character')}.`}
          value={next}
          maxLength={200}
          error={tooShort ? `At least ${formatCount(minLength, 'character')}.` : undefined}
          onChange={({ target }) => {
            setNext(target.value);
            setTooShort(false);
          }}
        />
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
          <Button type="submit" pending={pending}>
            Change password
          </Button>
          <p role="status" className="text-small text-ink-2">
            {said}
          </p>
        </div>
        {refusal && !wrong && <RefusalNotice refusal={refusal} />}
      </form>
    </Panel>
  );
}
