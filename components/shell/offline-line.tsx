'use client';

import { CloudOff } from 'lucide-react';
import { useOnline } from '../ui/use-online';

/** At the top of the page while there is no connection. Spoken when it comes; empty otherwise. */
export function OfflineLine() {
  const online = useOnline();
  return (
    <div role="status">
      {!online && (
        <p className="flex items-center justify-center gap-2 border-b border-line bg-warn-soft px-gutter py-2 text-small">
          <CloudOff className="size-4 flex-none text-warn" aria-hidden="true" />
          You’re offline. Changes will wait.
        </p>
      )}
    </div>
  );
}
