'use client';

import { useState } from 'react';
import { buttonClasses } from '../ui/button-style';

/** The id under which an error is in the log, with a button that copies it. */
export function ErrorId({ id }: { id: string }) {
  const [copied, setCopied] = useState(false);
  return (
    <span className="inline-flex flex-wrap items-center gap-x-2">
      <span>
        Error id <code className="font-mono text-ink-2">{id}</code>
      </span>
      <button
        type="button"
        className={buttonClasses({ variant: 'quiet', size: 'small' })}
        onClick={() => {
          navigator.clipboard.writeText(id).then(
            () => setCopied(true),
            () => setCopied(false),
          );
        }}
      >
        Copy
      </button>
      <span role="status">{copied ? 'Copied' : ''}</span>
    </span>
  );
}
