'use client';

import { useState } from 'react';
import { formatCount } from '@/lib/format';
import { paths } from '@/lib/paths';
import { PageHeading } from '../shell/page-heading';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { EmptyState } from '../ui/empty-state';
import { LinkButton } from '../ui/link-button';
import { useInbox, useOlderInbox } from './inbox-provider';
import type { Inbox, Notice } from './inbox-state';
import { LoadFailure } from './load-failure';
import { NoticeList } from './notice-list';
import { useDismissals } from './use-dismissals';
import { useMarkAllRead } from './use-mark-all-read';

/** More than this are not dismissed at one press. */
const askAbove = 10;

/** The newest notices that were not dismissed, live, with everything that can be done to them. */
export function NewestNotifications() {
  const { notifications, nextBefore, loadFailed, reload } = useInbox();
  return (
    <NotificationPage
      page={null}
      notices={notifications}
      nextBefore={nextBefore}
      loadFailed={loadFailed}
      reload={reload}
    />
  );
}

interface OlderNotificationsProps {
  /** The notice they come after. */
  before: string;
  /** As the server knew them when the page was made. */
  initial: Inbox;
}

/** An older page of them. */
export function OlderNotifications({ before, initial }: OlderNotificationsProps) {
  const { notifications, nextBefore, loadFailed, reload } = useOlderInbox(before, initial);
  return (
    <NotificationPage
      page={before}
      notices={notifications}
      nextBefore={nextBefore}
      loadFailed={loadFailed}
      reload={reload}
    />
  );
}

interface NotificationPageProps {
  page: string | null;
  notices: readonly Notice[];
  nextBefore: string | null;
  loadFailed: boolean;
  reload: () => void;
}

function NotificationPage({
  page,
  notices,
  nextBefore,
  loadFailed,
  reload,
}: NotificationPageProps) {
  const { notifications, unreadCount, totalCount } = useInbox();
  const dismissals = useDismissals(page);
  const markAllRead = useMarkAllRead();
  const [asking, setAsking] = useState(false);
  const [newest] = notifications;

  function dismissAll() {
    setAsking(false);
    if (newest) void dismissals.dismissAll(newest, notices, totalCount);
  }

  return (
    <>
      <PageHeading
        title="Notifications"
        lead={unreadCount > 0 ? formatCount(unreadCount, 'unread', 'unread') : undefined}
        actions={
          newest && (
            <>
              {unreadCount > 0 && <Button onClick={markAllRead}>Mark all as read</Button>}
              <Button
                variant="quiet"
                onClick={() => (totalCount > askAbove ? setAsking(true) : dismissAll())}
              >
                Dismiss all
              </Button>
            </>
          )
        }
      />
      <LoadFailure failed={loadFailed} reload={reload} className="mb-4" />
      {(notices.length > 0 || !loadFailed) && (
        <div className="overflow-hidden rounded-panel border border-line bg-surface">
          <NoticeList
            full
            notices={notices}
            page={page}
            dismissals={dismissals}
            empty={
              page === null ? (
                <EmptyState title="Nothing new">
                  We'll tell you here when a training ends.
                </EmptyState>
              ) : (
                <EmptyState title="Nothing older">Newer notifications may be waiting.</EmptyState>
              )
            }
          />
        </div>
      )}
      {(page !== null || nextBefore !== null) && (
        <nav aria-label="Pages of notifications" className="mt-6 flex flex-wrap gap-3">
          {page !== null && (
            <LinkButton href={paths.notifications()} size="small">
              Newest
            </LinkButton>
          )}
          {nextBefore !== null && (
            <LinkButton href={paths.notifications(nextBefore)} size="small">
              Older
            </LinkButton>
          )}
        </nav>
      )}
      <Dialog
        open={asking}
        onClose={() => setAsking(false)}
        role="alertdialog"
        title={`Dismiss ${formatCount(totalCount, 'notification')}?`}
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
