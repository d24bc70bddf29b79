'use client';

import { signOut } from 'next-auth/react';
import type { ReactNode } from 'react';
import { NotificationBell } from '@/components/notifications/notification-bell';
import { AppHeader } from '@/components/shell/app-header';
import { paths } from '@/lib/paths';

interface CreatorHeaderProps {
  user: { email: string; name: string | null };
  balance: ReactNode;
}

/** The header of the signed-in pages, with next-auth's way out behind it. */
export function CreatorHeader({ user, balance }: CreatorHeaderProps) {
  return (
    <AppHeader
      user={user}
      balance={balance}
      bell={<NotificationBell />}
      signOut={async () => {
        await signOut({ redirect: false });
        // A whole new page: nothing of this creator stays in memory.
        window.location.assign(paths.signIn());
        await new Promise(() => {});
      }}
    />
  );
}
