'use client';

import { paths } from '@/lib/paths';
import { Link } from '../ui/link';
import { useInbox } from './inbox-provider';
import { LoadFailure } from './load-failure';
import { NoticeList } from './notice-list';
import { useDismissals } from './use-dismissals';
import { useMarkAllRead } from './use-mark-all-read';

/** The newest notices, below the bell. */
export function BellPanel({ close }: { close: () => void }) {
  const { notifications, unreadCount, loadFailed, reload } = useInbox();
  const dismissals = useDismissals(null);
  const markAllRead = useMarkAllRead();
  return (
    <>
      <div className="flex min-h-12 items-center justify-between gap-3 border-b border-line py-1 pr-2 pl-4">
        <h2 className="font-semibold">Notifications</h2>
        {unreadCount > 0 && (
          <button
            type="button"
            onClick={markAllRead}
            className="min-h-target rounded-control px-2 text-small font-medium text-accent hover:bg-accent-soft"
          >
            Mark all as read
          </button>
        )}
      </div>
      <LoadFailure failed={loadFailed} reload={reload} className="m-2" />
      <NoticeList
        notices={notifications}
        dismissals={dismissals}
        onFollow={close}
        empty={
          !loadFailed && (
            <p className="px-4 py-8 text-center text-pretty text-ink-2">
              Nothing new. We'll tell you here when a training ends.
            </p>
          )
        }
      />
      <div className="border-t border-line p-2">
        <Link
          href={paths.notifications()}
          onClick={close}
          className="flex min-h-target items-center justify-center rounded-control text-small font-medium text-accent hover:bg-accent-soft"
        >
          All notifications
        </Link>
      </div>
    </>
  );
}
