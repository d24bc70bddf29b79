import type { ReactNode } from 'react';
import { Link } from '../ui/link';
import { AccountMenu } from './account-menu';
import { MainNavigation } from './main-navigation';
import { OfflineLine } from './offline-line';
import { SkipLink } from './skip-link';
import { Wordmark } from './wordmark';

interface AppHeaderProps {
  user: { email: string; name: string | null; role: 'creator' | 'operator' };
  signOut: () => Promise<void>;
  /** "Balance 46,000 (22,000 reserved)", as a link to the credits. */
  balance?: ReactNode;
  /** The notification bell. */
  bell?: ReactNode;
}

/**
 * The head of every signed-in page. From 640 px one line that stays in sight; on phones two lines
 * that scroll away, because the height belongs to the pictures.
 */
export function AppHeader({ user, signOut, balance, bell }: AppHeaderProps) {
  return (
    <>
      <SkipLink />
      <OfflineLine />
      <header className="z-header print:hidden border-b border-line bg-ground px-gutter pt-[env(safe-area-inset-top)] sm:sticky sm:top-0">
        <div className="mx-auto flex max-w-gallery flex-wrap items-center gap-x-2 sm:h-header sm:gap-x-4 sm:flex-nowrap">
          <Link
            href="/influencer"
            aria-label="Likeness, your influencers"
            className="flex min-h-12 items-center rounded-control"
          >
            <Wordmark tight />
          </Link>
          <div className="order-last flex self-stretch max-sm:w-full sm:order-none sm:ml-2">
            <MainNavigation />
          </div>
          <div className="ml-auto flex min-w-0 items-center gap-1 sm:gap-2">
            {balance && <div className="min-w-0 text-small text-ink-2 tabular-nums">{balance}</div>}
            {bell}
            <AccountMenu user={user} signOut={signOut} />
          </div>
        </div>
      </header>
    </>
  );
}
