'use client';

import { useState } from 'react';
import { formatCount } from '@/lib/format';
import { PageHeading } from '../shell/page-heading';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { EmptyState } from '../ui/empty-state';
import { useInbox } from './inbox-provider';
import { LoadFailure } from './load-failure';
import { NoticeList } from './notice-list';

/** More than this are not dismissed at one press. */
const askAbove = 10;

/** Every notice that was not dismissed, with everything that can be done to it. */
export function NotificationPage() {
  const { notifications, unreadCount, markAllRead, dismiss, loadFailed } = useInbox();
  const [asking, setAsking] = useState(false);
  const ids = notifications.map(({ id }) => id);

  function dismissAll() {
    setAsking(false);
    dismiss(ids);
  }

  return (
    <>
      <PageHeading
        title="Notifications"
        lead={unreadCount > 0 ? formatCount(unreadCount, 'unread', 'unread') : undefined}
        actions={
          ids.length > 0 && (
            <>
              {unreadCount > 0 && <Button onClick={markAllRead}>Mark all as read</Button>}
              <Button
                variant="quiet"
                onClick={() => (ids.length > askAbove ? setAsking(true) : dismissAll())}
              >
                Dismiss all
              </Button>
            </>
          )
        }
      />
      <LoadFailure className="mb-4" />
      {(ids.length > 0 || !loadFailed) && (
        <div className="overflow-hidden rounded-panel border border-line bg-surface">
          <NoticeList
            full
            empty={
              <EmptyState title="Nothing new">We'll tell you here when a training ends.</EmptyState>
            }
          />
        </div>
      )}
      <Dialog
        open={asking}
        onClose={() => setAsking(false)}
        role="alertdialog"
        title={`Dismiss ${formatCount(ids.length, 'notification')}?`}
        description="They leave this list. Trainings, images and credits stay as they are."
        actions={
          <>
            <Button variant="danger" onClick={dismissAll}>
              Dismiss all
            </Button>
            <Button data-autofocus onClick={() => setAsking(false)}>
              Keep them
            </Button>
          </>
        }
      />
    </>
  );
}
