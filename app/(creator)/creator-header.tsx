'use client';

import type { ReactNode } from 'react';
import { UploadChip, useUploads } from '@/components/characters/uploads-provider';
import { NotificationBell } from '@/components/notifications/notification-bell';
import { AppHeader } from '@/components/shell/app-header';
import { paths } from '@/lib/paths';

interface CreatorHeaderProps {
  user: { email: string; name: string | null; role: 'creator' | 'operator' };
  balance: ReactNode;
}

/** The header of the signed-in pages, with next-auth's way out behind it. */
export function CreatorHeader({ user, balance }: CreatorHeaderProps) {
  const uploads = useUploads();
  return (
    <AppHeader
      user={user}
      balance={balance}
      bell={
        <>
          <UploadChip />
          <NotificationBell />
        </>
      }
      signOut={async () => {
        // Fetched when it is needed: it weighs more than the header.
        const { signOut } = await import('next-auth/react');
        await uploads.forget();
        await signOut({ redirect: false });
        // A whole new page: nothing of this creator stays in memory, and no picture in the browser.
        window.location.assign(paths.signIn());
        await new Promise(() => {});
      }}
    />
  );
}
