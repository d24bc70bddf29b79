'use client';

import { ChevronLeft } from 'lucide-react';
import { usePathname } from 'next/navigation';
import { paths } from '@/lib/paths';
import { Link } from '../ui/link';

/** The places of one influencer, and the way back to all of them. */
export function CharacterTabs({ characterId }: { characterId: string }) {
  const pathname = usePathname();
  const places = [
    { href: paths.wizard(characterId), label: 'Wizard' },
    { href: paths.settings(characterId), label: 'Settings' },
    { href: paths.studio(characterId), label: 'Studio' },
  ];
  return (
    <nav aria-label="Influencer" className="border-b border-line px-gutter">
      <div className="mx-auto flex max-w-gallery items-stretch gap-1 max-sm:-mx-2">
        <Link
          href={paths.influencers()}
          className="mr-2 flex min-h-target items-center gap-0.5 rounded-control pr-2 text-small text-ink-2 hover:text-ink"
        >
          <ChevronLeft className="size-4" aria-hidden="true" />
          <span className="max-sm:sr-only">All influencers</span>
        </Link>
        {places.map(({ href, label }) => (
          <Link
            key={href}
            href={href}
            aria-current={pathname === href ? 'page' : undefined}
            className="relative flex min-h-target items-center rounded-control px-3 text-small font-medium text-ink-2 hover:text-ink focus-visible:-outline-offset-2 aria-[current]:text-ink aria-[current]:after:absolute aria-[current]:after:inset-x-3 aria-[current]:after:-bottom-px aria-[current]:after:h-0.5 aria-[current]:after:bg-ink"
          >
            {label}
          </Link>
        ))}
      </div>
    </nav>
  );
}
