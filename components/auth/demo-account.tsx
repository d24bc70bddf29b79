'use client';

import { Button } from '../ui/button';
import { SandboxMark } from '../ui/sandbox-mark';

interface DemoAccountProps {
  account: { email: string; password: string };
  /** Fills the form; signing in stays the visitor's own press. */
  onUse: () => void;
}

/** The sample data's account, for whoever just wants to look around. */
export function DemoAccount({ account, onUse }: DemoAccountProps) {
  return (
    <section
      aria-label="Demo account"
      className="flex flex-col items-start gap-3 border-t border-line pt-6"
    >
      <div className="flex w-full items-center justify-between gap-3">
        <h2 className="font-medium">Just looking around?</h2>
        <SandboxMark />
      </div>
      <dl className="grid w-full grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 text-small">
        <dt className="text-ink-2">E-mail</dt>
        <dd className="font-mono break-all">{account.email}</dd>
        <dt className="text-ink-2">Password</dt>
        <dd className="font-mono break-all">{account.password}</dd>
      </dl>
      <Button onClick={onUse} wide>
        Use the demo account
      </Button>
    </section>
  );
}
