'use client';

import { usePathname } from 'next/navigation';
import { Link } from '../ui/link';

const places = [
  { href: '/influencer', label: 'Influencers' },
  { href: '/credits', label: 'Credits' },
];

/** Where one can go from everywhere. */
export function MainNavigation() {
  const pathname = usePathname();
  return (
    <nav aria-label="Main" className="flex self-stretch max-sm:-mx-3">
      {places.map(({ href, label }) => {
        const here = pathname === href;
        const within = pathname.startsWith(`${href}/`);
        return (
          <Link
            key={href}
            href={href}
            aria-current={here ? 'page' : within ? 'true' : undefined}
            className="relative flex min-h-target items-center rounded-control px-3 font-medium text-ink-2 hover:text-ink aria-[current]:text-ink aria-[current]:after:absolute aria-[current]:after:inset-x-3 aria-[current]:after:-bottom-px aria-[current]:after:h-0.5 aria-[current]:after:bg-ink focus-visible:-outline-offset-2"
          >
            {label}
          </Link>
        );
      })}
    </nav>
  );
}
