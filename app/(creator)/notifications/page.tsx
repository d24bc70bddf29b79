import type { Metadata } from 'next';
import { z } from 'zod';
import { type PageAddress, single } from '@/app/_server/search-params';
import { demandUser } from '@/app/_server/session';
import {
  NewestNotifications,
  OlderNotifications,
} from '@/components/notifications/notification-page';
import { PageContainer } from '@/components/shell/page-container';
import { getInbox } from '@/lib/notifications/inbox.ts';
import { paths } from '@/lib/paths.ts';

export const metadata: Metadata = { title: 'Notifications' };

export default async function NotificationsPage({ searchParams }: PageAddress) {
  // The id of a notice, or the newest page for anything else.
  const { data: before } = z.uuid().safeParse(single((await searchParams).before));
  const user = await demandUser(paths.notifications(before));
  return (
    <PageContainer width="reading">
      {before ? (
        <OlderNotifications
          key={before}
          before={before}
          initial={await getInbox(user.id, { before })}
        />
      ) : (
        <NewestNotifications />
      )}
    </PageContainer>
  );
}
