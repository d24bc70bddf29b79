'use client';

import { Button } from '../ui/button';
import { Notice } from '../ui/notice';
import { useInbox } from './inbox-provider';

/** Said where the list stands, never instead of what is known from before. */
export function LoadFailure({ className }: { className?: string }) {
  const { loadFailed, reload } = useInbox();
  if (!loadFailed) return null;
  return (
    <Notice
      tone="warn"
      className={className}
      actions={
        <Button size="small" onClick={reload}>
          Try again
        </Button>
      }
    >
      Couldn't load notifications.
    </Notice>
  );
}
