'use client';

import { type ReactNode, useEffect, useRef } from 'react';

/** Names the section that a step is: `<section aria-labelledby={stepHeadingId}>`. */
export const stepHeadingId = 'step';

/** The heading of a wizard's step; takes the focus when the step is entered. */
export function StepHeading({ children, lead }: { children: ReactNode; lead?: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <div className="mb-4">
      <h2 id={stepHeadingId} ref={heading} tabIndex={-1} className="text-section narrow">
        {children}
      </h2>
      {lead && <p className="mt-1 max-w-measure text-ink-2">{lead}</p>}
    </div>
  );
}
