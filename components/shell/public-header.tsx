import type { ReactNode } from 'react';
import { Link } from '../ui/link';
import { SkipLink } from './skip-link';
import { Wordmark } from './wordmark';

/** The head of pages for people who are not signed in. `children`: links at its end. */
export function PublicHeader({ children }: { children?: ReactNode }) {
  return (
    <>
      <SkipLink />
      <header className="px-gutter">
        <div className="mx-auto flex min-h-16 max-w-[75rem] items-center justify-between gap-4">
          <Link href="/" className="flex min-h-target items-center rounded-control">
            <Wordmark />
          </Link>
          <div className="flex items-center gap-2">{children}</div>
        </div>
      </header>
    </>
  );
}
