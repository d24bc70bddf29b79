'use client';

import { Bell } from 'lucide-react';
import Link from 'next/link';
import { paths } from '@/lib/paths';
import { Popover } from '../ui/popover';
import { useInbox } from './inbox-provider';
import { wordCount } from './inbox-state';
import { LoadFailure } from './load-failure';
import { NoticeList } from './notice-list';

/** The bell in the header: how many are unread, and the newest at a press. */
export function NotificationBell() {
  const { unreadCount, markAllRead } = useInbox();
  const count = wordCount(unreadCount);
  return (
    <Popover
      label={unreadCount > 0 ? `Notifications, ${count} unread` : 'Notifications'}
      button={
        <>
          <Bell aria-hidden="true" />
          {unreadCount > 0 && (
            <span
              aria-hidden="true"
              className="absolute top-0 right-0 flex h-4 min-w-4 items-center justify-center rounded-full bg-accent px-1 text-[0.625rem] leading-none font-semibold text-on-accent tabular-nums pointer-coarse:top-1 pointer-coarse:right-1"
            >
              {count}
            </span>
          )}
        </>
      }
      className="sm:w-96"
    >
      {(close) => (
        <>
          <div className="flex items-center justify-between gap-3 border-b border-line py-2 pr-2 pl-4">
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
          <LoadFailure className="m-2" />
          <NoticeList
            onFollow={close}
            empty={
              <p className="px-4 py-8 text-center text-pretty text-ink-2">
                Nothing new. We'll tell you here when a training ends.
              </p>
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
      )}
    </Popover>
  );
}
