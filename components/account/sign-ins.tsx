'use client';

import { useRouter } from 'next/navigation';
import { useRef, useState } from 'react';
import type { SessionView } from '@/lib/accounts/sessions';
import { formatCount } from '@/lib/format';
import { Badge } from '../ui/badge';
import { Button } from '../ui/button';
import { LocalTime } from '../ui/local-time';
import { Panel } from '../ui/panel';
import { RelativeTime } from '../ui/relative-time';
import { RefusalNotice } from '../verbs/refusal-notice';
import { useVerb } from '../verbs/use-verb';
import type { Verb } from '../verbs/verb-result';

interface SignInsProps {
  sessions: SessionView[];
  /** The one this page was opened with. */
  currentId: string;
  end: Verb<{ sessionId: string }>;
  endOthers: Verb<Record<string, never>, { ended: number }>;
}

/** Where one is signed in, each to be ended from here. */
export function SignIns({ sessions, currentId, end, endOthers }: SignInsProps) {
  const router = useRouter();
  const one = useVerb(end);
  const all = useVerb(endOthers);
  const [ending, setEnding] = useState<string | null>(null);
  const [said, setSaid] = useState('');
  const status = useRef<HTMLParagraphElement>(null);
  const refusal = one.refusal ?? all.refusal;
  const others = sessions.filter(({ id }) => id !== currentId);

  /** The row with the button is gone: what was done is said where the focus goes. */
  function ended(count: number) {
    setSaid(`Signed out of ${formatCount(count, 'place')}.`);
    status.current?.focus();
    router.refresh();
  }

  async function endOne(sessionId: string) {
    setEnding(sessionId);
    const result = await one.run({ sessionId });
    setEnding(null);
    if (result?.ok) ended(1);
  }

  async function endAll() {
    const result = await all.run({});
    if (result?.ok) ended(result.value.ended);
  }

  return (
    <Panel
      title="Where you are signed in"
      description="A sign-in ends after 30 days, or when it was not used for a week."
      footer={
        others.length > 0 && (
          <Button pending={all.pending} onClick={endAll}>
            Sign out everywhere else
          </Button>
        )
      }
    >
      <ul className="flex flex-col">
        {sessions.map(({ id, device, createdAt, lastSeenAt }) => (
          <li
            key={id}
            className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 border-t border-line py-3 first:border-t-0"
          >
            <div className="min-w-0 flex-1 basis-60">
              <p className="font-medium">{device ?? 'An unknown browser'}</p>
              <p className="text-small text-ink-2">
                Signed in <LocalTime at={createdAt} /> · Last used <RelativeTime at={lastSeenAt} />
              </p>
            </div>
            {id === currentId ? (
              <Badge>This one</Badge>
            ) : (
              <Button
                size="small"
                pending={ending === id}
                aria-label={`Sign out of ${device ?? 'an unknown browser'}`}
                onClick={() => endOne(id)}
              >
                Sign out
              </Button>
            )}
          </li>
        ))}
      </ul>
      <p ref={status} role="status" tabIndex={-1} className="text-small text-ink-2">
        {said}
      </p>
      {refusal && <RefusalNotice refusal={refusal} />}
    </Panel>
  );
}
