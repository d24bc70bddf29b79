import { ChevronLeft } from 'lucide-react';
import type { ReactNode } from 'react';
import { joinClasses } from '../ui/join-classes';
import { Link } from '../ui/link';

interface PageHeadingProps {
  title: ReactNode;
  /** A person's or character's name: larger, isolated from the direction around it. */
  isName?: boolean;
  /** The way back, above the title. */
  back?: { href: string; label: string };
  /** One or two sentences. */
  lead?: ReactNode;
  /** Beside the title on wide screens, below it on phones. */
  actions?: ReactNode;
  /** For focus from a script. */
  id?: string;
  className?: string;
}

/** The heading of a page, set narrow. It can receive focus, as the steps of a wizard need. */
export function PageHeading({
  title,
  isName = false,
  back,
  lead,
  actions,
  id,
  className,
}: PageHeadingProps) {
  return (
    <header className={joinClasses('mb-6 sm:mb-8', className)}>
      {back && (
        <Link
          href={back.href}
          className="-ml-1 mb-2 inline-flex min-h-target items-center gap-0.5 rounded-control pr-2 text-small text-ink-2 hover:text-ink"
        >
          <ChevronLeft className="size-4" aria-hidden="true" />
          {back.label}
        </Link>
      )}
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-4">
        <div className="min-w-0 flex-1 basis-72">
          <h1
            id={id}
            tabIndex={-1}
            className={joinClasses('narrow', isName ? 'text-page sm:text-name' : 'text-page')}
          >
            {isName ? <bdi>{title}</bdi> : title}
          </h1>
          {lead && <p className="mt-1 max-w-measure text-pretty text-ink-2">{lead}</p>}
        </div>
        {actions && <div className="flex flex-wrap items-center gap-3">{actions}</div>}
      </div>
    </header>
  );
}
