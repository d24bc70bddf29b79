import type { ReactNode } from 'react';
import { currentUser } from '@/app/_server/session';
import {
  dismissAllNotificationsAction,
  dismissNotificationAction,
  markAllNotificationsReadAction,
  markNotificationAction,
  restoreNotificationsAction,
} from '@/app/actions/notifications';
import { UploadsProvider } from '@/components/characters/uploads-provider';
import { BalanceLink } from '@/components/credits/balance-link';
import { InboxProvider } from '@/components/notifications/inbox-provider';
import { getBalance } from '@/lib/credits/balance.ts';
import { getInbox } from '@/lib/notifications/inbox.ts';
import { CreatorHeader } from './creator-header';

/** What stands around every signed-in page: header, balance, bell. */
export default async function CreatorLayout({ children }: { children: ReactNode }) {
  const user = await currentUser();
  // The page itself sends strangers to the sign-in page: only it knows where they come back to.
  if (!user) return children;
  const [balance, inbox] = await Promise.all([getBalance(user.id), getInbox(user.id)]);
  return (
    <InboxProvider
      initial={inbox}
      verbs={{
        mark: markNotificationAction,
        markAllRead: markAllNotificationsReadAction,
        dismiss: dismissNotificationAction,
        dismissAll: dismissAllNotificationsAction,
        restore: restoreNotificationsAction,
      }}
    >
      <UploadsProvider userId={user.id}>
        <CreatorHeader user={user} balance={<BalanceLink balance={balance} />} />
        {children}
      </UploadsProvider>
    </InboxProvider>
  );
}
