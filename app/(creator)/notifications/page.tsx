import type { Metadata } from 'next';
import { demandUser } from '@/app/_server/session';
import { NotificationPage } from '@/components/notifications/notification-page';
import { PageContainer } from '@/components/shell/page-container';
import { paths } from '@/lib/paths.ts';

export const metadata: Metadata = { title: 'Notifications' };

export default async function NotificationsPage() {
  await demandUser(paths.notifications());
  return (
    <PageContainer width="reading">
      <NotificationPage />
    </PageContainer>
  );
}
