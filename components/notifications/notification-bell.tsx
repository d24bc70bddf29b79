'use client';

import { Bell } from 'lucide-react';
import { formatNumber } from '@/lib/format';
import { Later } from '../ui/later';
import { Popover } from '../ui/popover';
import { useLoadAhead } from '../ui/use-load-ahead';
import { useInbox } from './inbox-provider';
import { wordCount } from './inbox-state';

const loadPanel = () => import('./bell-panel').then((module) => module.BellPanel);

/** The bell in the header: how many are unread, and the newest at a press. */
export function NotificationBell() {
  const { unreadCount } = useInbox();
  useLoadAhead(loadPanel);
  return (
    <Popover
      label={
        unreadCount > 0 ? `Notifications, ${formatNumber(unreadCount)} unread` : 'Notifications'
      }
      button={
        <>
          <Bell aria-hidden="true" />
          {unreadCount > 0 && (
            <span
              aria-hidden="true"
              // At the bell's shoulder, and away from it as the figure grows.
              className="absolute top-[calc(50%-1.25rem)] left-[calc(50%-0.25rem)] flex h-4 min-w-4 items-center justify-center rounded-full bg-accent px-0.5 text-[0.625rem] leading-none font-semibold text-on-accent tabular-nums"
            >
              {wordCount(unreadCount)}
            </span>
          )}
        </>
      }
      className="sm:w-96"
    >
      {(close) => (
        <Later load={loadPanel} className="p-4">
          {(BellPanel) => <BellPanel close={close} />}
        </Later>
      )}
    </Popover>
  );
}
