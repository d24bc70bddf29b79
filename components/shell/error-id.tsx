'use client';

import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../ui/button';

/** The id under which an error is in the log, with a button that copies it. */
export function ErrorId({ id }: { id: string }) {
  const [copied, setCopied] = useState(false);
  return (
    <span className="inline-flex flex-wrap items-center gap-x-2">
      <span>
        Error id <code className="font-mono text-ink-2">{id}</code>
      </span>
      <Button
        variant="quiet"
        size="small"
        icon={copied ? <Check aria-hidden="true" /> : <Copy aria-hidden="true" />}
        onClick={() => {
          navigator.clipboard.writeText(id).then(
            () => setCopied(true),
            () => setCopied(false),
          );
        }}
      >
        Copy
      </Button>
      <span role="status" className="sr-only">
        {copied ? 'Copied' : ''}
      </span>
    </span>
  );
}
