import type { ReactNode } from 'react';
import { joinClasses } from './join-classes';

interface EmptyStateProps {
  /** What is not here: "No images yet". Never for what failed to load. */
  title: ReactNode;
  /** What to do about it, in a sentence. */
  children?: ReactNode;
  /** One button or link. */
  action?: ReactNode;
  level?: 2 | 3;
  className?: string;
}

/** Nothing here yet: a strip of empty frames, a sentence and the way on. */
export function EmptyState({ title, children, action, level = 2, className }: EmptyStateProps) {
  const Heading = level === 2 ? 'h2' : 'h3';
  return (
    <div className={joinClasses('flex flex-col items-center px-4 py-12 text-center', className)}>
      <div className="mb-6 flex gap-2" aria-hidden="true">
        {[1, 2, 3].map((frame) => (
          <span key={frame} className="flex w-14 flex-col gap-1">
            <span className="aspect-frame rounded-picture bg-well shadow-[inset_0_0_0_1px_var(--line)]" />
            <span className="text-left text-[0.625rem] leading-none text-ink-3 tabular-nums">
              {frame}
            </span>
          </span>
        ))}
      </div>
      <Heading className="text-section narrow">{title}</Heading>
      {children && <div className="mt-2 max-w-[26rem] text-pretty text-ink-2">{children}</div>}
      {action && <div className="mt-6">{action}</div>}
    </div>
  );
}
