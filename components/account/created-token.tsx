'use client';

import { useEffect, useRef } from 'react';
import type { CreatedApiToken } from '@/lib/accounts/create-api-token';
import { CopyText } from '../studio/copy-text';
import { Button } from '../ui/button';
import { Notice } from '../ui/notice';

/** A token in full, the only time it is shown. */
export function CreatedToken({
  created,
  onDone,
}: {
  created: CreatedApiToken;
  onDone: () => void;
}) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => box.current?.focus(), []);

  return (
    <div ref={box} tabIndex={-1} className="rounded-control">
      <Notice
        tone="good"
        announce="status"
        title={
          <>
            <bdi>{created.name}</bdi> is ready. Copy it now: it is not shown again.
          </>
        }
        actions={<Button onClick={onDone}>Done</Button>}
      >
        <CopyText text={created.token} name="token" />
        <p className="mt-1 text-small">
          Whoever has it can do what you can do here. Keep it like a password.
        </p>
      </Notice>
    </div>
  );
}
