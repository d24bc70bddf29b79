'use client';

import { ChartColumn, LogOut, UserRound } from 'lucide-react';
import { type ReactNode, useActionState } from 'react';
import { paths } from '@/lib/paths';
import { Avatar } from '../ui/avatar';
import { Link } from '../ui/link';
import { Popover } from '../ui/popover';
import { SubmitButton } from '../ui/submit-button';
import { ThemeToggle } from '../ui/theme-toggle';

interface AccountMenuProps {
  user: { email: string; name: string | null; role: 'creator' | 'operator' };
  /** Ends the session and goes to the sign-in page. */
  signOut: () => Promise<void>;
}

/** Who is signed in, the theme, and the way out. */
export function AccountMenu({ user, signOut }: AccountMenuProps) {
  const [failed, leave] = useActionState(
    () =>
      signOut().then(
        () => false,
        () => true,
      ),
    false,
  );
  return (
    <Popover
      label="Account"
      button={<Avatar name={user.name ?? user.email} size="small" />}
      className="sm:w-72"
    >
      <div className="border-b border-line px-4 py-3">
        {user.name && (
          <p className="truncate font-medium" title={user.name}>
            <bdi>{user.name}</bdi>
          </p>
        )}
        <p className="truncate text-small text-ink-2" title={user.email}>
          {user.email}
        </p>
      </div>
      <div className="flex items-center justify-between gap-4 border-b border-line px-4 py-3">
        <span aria-hidden="true">Theme</span>
        <ThemeToggle />
      </div>
      <div className="border-b border-line p-2">
        <MenuLink href={paths.account()} icon={<UserRound aria-hidden="true" />}>
          Account and API tokens
        </MenuLink>
        {user.role === 'operator' && (
          <MenuLink href={paths.operator()} icon={<ChartColumn aria-hidden="true" />}>
            Success metrics
          </MenuLink>
        )}
      </div>
      <form action={leave} className="p-2">
        <SubmitButton
          variant="quiet"
          wide
          icon={<LogOut aria-hidden="true" />}
          className="!justify-start !px-2"
        >
          Sign out
        </SubmitButton>
        {failed && (
          <p role="alert" className="px-2 pb-2 text-small text-bad">
            Couldn't sign out. Check your connection and try again.
          </p>
        )}
      </form>
    </Popover>
  );
}

function MenuLink({ href, icon, children }: { href: string; icon: ReactNode; children: string }) {
  return (
    <Link
      href={href}
      // The header stays when the page changes; what lies over the page goes.
      onClick={(event) => event.currentTarget.closest<HTMLElement>('[popover]')?.hidePopover()}
      className="flex min-h-target items-center gap-2 rounded-control px-2 font-medium hover:bg-well [&>.lucide]:size-4"
    >
      {icon}
      {children}
    </Link>
  );
}
