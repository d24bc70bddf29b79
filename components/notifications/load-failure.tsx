'use client';

import { Button } from '../ui/button';
import { Notice } from '../ui/notice';

interface LoadFailureProps {
  failed: boolean;
  reload: () => void;
  className?: string;
}

/** Said where the list stands, never instead of what is known from before. */
export function LoadFailure({ failed, reload, className }: LoadFailureProps) {
  if (!failed) return null;
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
