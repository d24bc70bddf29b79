import { type ReactNode, useId } from 'react';
import { joinClasses } from './join-classes';

interface PanelProps {
  title: ReactNode;
  /** Level of the heading. Default 2. */
  level?: 2 | 3;
  description?: ReactNode;
  /** At the end of the heading's line: a badge, a quiet button. */
  aside?: ReactNode;
  /** Below a line at the bottom. */
  footer?: ReactNode;
  /** Lets a dialog return focus to the heading: `<h2 id={headingId} tabIndex={-1}>`. */
  headingId?: string;
  /** Content up to the edges: for tables and lists. */
  flush?: boolean;
  className?: string;
  children: ReactNode;
}

/** A part of a page: a section with a heading on the surface colour. */
export function Panel({
  title,
  level = 2,
  description,
  aside,
  footer,
  headingId: givenId,
  flush = false,
  className,
  children,
}: PanelProps) {
  const ownId = useId();
  const headingId = givenId ?? ownId;
  const Heading = level === 2 ? 'h2' : 'h3';
  return (
    <section
      aria-labelledby={headingId}
      className={joinClasses('min-w-0 rounded-panel border border-line bg-surface', className)}
    >
      <header className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2 px-4 pt-4 pb-3 sm:px-6 sm:pt-5">
        <div className="min-w-0">
          <Heading id={headingId} tabIndex={-1} className="text-panel font-semibold">
            {title}
          </Heading>
          {description && (
            <p className="mt-0.5 max-w-measure text-small text-ink-2">{description}</p>
          )}
        </div>
        {aside && <div className="flex flex-none items-center gap-2">{aside}</div>}
      </header>
      <div className={flush ? 'pb-2' : 'px-4 pb-4 sm:px-6 sm:pb-6'}>{children}</div>
      {footer && (
        <footer className="flex flex-wrap items-center gap-3 border-t border-line px-4 py-3 sm:px-6 sm:py-4">
          {footer}
        </footer>
      )}
    </section>
  );
}
