import type { ReactNode } from 'react';
import { contentId } from './skip-link';

interface MessagePageProps {
  title: string;
  /** What happened and what is safe. */
  children: ReactNode;
  /** The ways on. */
  actions: ReactNode;
  /** Small print: an error's id. */
  footnote?: ReactNode;
}

/** A page that only says one thing: not found, failed. An empty frame and a sentence. */
export function MessagePage({ title, children, actions, footnote }: MessagePageProps) {
  return (
    <main
      id={contentId}
      tabIndex={-1}
      className="mx-auto flex min-h-[70dvh] w-full max-w-reading flex-col justify-center gap-6 px-gutter py-12 sm:flex-row sm:items-center sm:gap-12"
    >
      <div aria-hidden="true" className="w-28 flex-none sm:w-40">
        <div className="aspect-frame rounded-picture bg-well shadow-[inset_0_0_0_1px_var(--line)]" />
        <div className="mt-1 text-frame text-ink-3">0</div>
      </div>
      <div className="min-w-0">
        <h1 className="text-page narrow">{title}</h1>
        <div className="mt-2 max-w-measure text-pretty text-ink-2">{children}</div>
        <div className="mt-6 flex flex-wrap items-center gap-3">{actions}</div>
        {footnote && <div className="mt-6 text-small text-ink-3">{footnote}</div>}
      </div>
    </main>
  );
}
