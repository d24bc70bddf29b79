'use client';

import { LogOut } from 'lucide-react';
import { Avatar } from '../ui/avatar';
import { Popover } from '../ui/popover';
import { SubmitButton } from '../ui/submit-button';
import { ThemeToggle } from '../ui/theme-toggle';

interface AccountMenuProps {
  user: { email: string; name: string | null };
  /** Server action that ends the session and goes to the sign-in page. */
  signOut: () => Promise<void>;
}

/** Who is signed in, the theme, and the way out. */
export function AccountMenu({ user, signOut }: AccountMenuProps) {
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
      <form action={signOut} className="p-2">
        <SubmitButton
          variant="quiet"
          wide
          icon={<LogOut aria-hidden="true" />}
          className="!justify-start !px-2"
        >
          Sign out
        </SubmitButton>
      </form>
    </Popover>
  );
}
