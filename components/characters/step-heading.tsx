'use client';

import { type ReactNode, useEffect, useRef } from 'react';

/** Names the section that a step is: `<section aria-labelledby={stepHeadingId}>`. */
export const stepHeadingId = 'step';

interface StepHeadingProps {
  children: ReactNode;
  lead?: ReactNode;
  /** At the end of the heading's line: whether what was chosen is kept. */
  aside?: ReactNode;
}

/** The heading of a wizard's step; takes the focus when the step is entered. */
export function StepHeading({ children, lead, aside }: StepHeadingProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <div className="mb-4">
      <div className="flex items-baseline justify-between gap-4">
        <h2 id={stepHeadingId} ref={heading} tabIndex={-1} className="min-w-0 text-section narrow">
          {children}
        </h2>
        {aside && <div className="flex-none">{aside}</div>}
      </div>
      {lead && <p className="mt-1 max-w-measure text-ink-2">{lead}</p>}
    </div>
  );
}
