'use client';

import { CircleCheck, CircleX, Clock, Info, Mail, MailOpen, TriangleAlert, X } from 'lucide-react';
import Link from 'next/link';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { formatCount } from '@/lib/format';
import { Button } from '../ui/button';
import { IconButton } from '../ui/icon-button';
import { joinClasses } from '../ui/join-classes';
import { RelativeTime } from '../ui/relative-time';
import { useInbox } from './inbox-provider';
import type { Notice } from './inbox-state';

const icons: Record<string, { icon: typeof Info; className: string }> = {
  'lora.training.started': { icon: Clock, className: 'text-ink-3' },
  'lora.training.completed': { icon: CircleCheck, className: 'text-good' },
  'lora.training.failed': { icon: CircleX, className: 'text-bad' },
  'lora.training.not-started': { icon: TriangleAlert, className: 'text-warn' },
};
const otherIcon = { icon: Info, className: 'text-ink-3' };

interface NoticeListProps {
  /** With "Mark as unread" on each; for the full page. */
  full?: boolean;
  /** Called when a notice's link is followed. */
  onFollow?: () => void;
  /** Shown when there is nothing. */
  empty: ReactNode;
}

/**
 * The notices, newest first. Nothing moves by itself: what arrives while the list is open waits
 * behind a button. A dismissed one can be brought back until the next is dismissed.
 */
export function NoticeList({ full = false, onFollow, empty }: NoticeListProps) {
  const { notifications, mark, dismiss, lastDismissed, bringBack, forgetDismissed, refused } =
    useInbox();
  const [shown, setShown] = useState(() => new Set(notifications.map(({ id }) => id)));
  const list = useRef<HTMLUListElement>(null);
  const undo = useRef<HTMLButtonElement>(null);

  useEffect(() => forgetDismissed, [forgetDismissed]);

  // What was on the list stays on it, wherever the next look finds it.
  const visible = notifications.filter(({ id }) => shown.has(id));
  const arrivedCount = notifications.length - visible.length;

  function dismissOne(notice: Notice) {
    const at = visible.findIndex(({ id }) => id === notice.id);
    const neighbour = visible[at + 1] ?? visible[at - 1];
    dismiss([notice.id]);
    // Focus goes to the next notice, or to the way back when it was the last.
    if (neighbour) {
      list.current?.querySelector<HTMLElement>(`[data-notice="${neighbour.id}"] a`)?.focus();
    } else requestAnimationFrame(() => undo.current?.focus());
  }

  function undoDismissal() {
    const [first] = lastDismissed;
    bringBack();
    requestAnimationFrame(() =>
      list.current?.querySelector<HTMLElement>(`[data-notice="${first}"] a`)?.focus(),
    );
  }

  return (
    <>
      <div role="status" className="empty:hidden">
        {refused ? (
          <p className="border-b border-line bg-bad-soft px-4 py-2 text-small text-bad">
            {refused}
          </p>
        ) : lastDismissed.length > 0 ? (
          <p className="flex items-center justify-between gap-3 border-b border-line bg-well px-4 py-1 text-small text-ink-2">
            {lastDismissed.length > 1 ? `${lastDismissed.length} dismissed.` : 'Dismissed.'}
            <button
              ref={undo}
              type="button"
              onClick={undoDismissal}
              className="min-h-target rounded-control px-2 font-medium text-accent hover:bg-accent-soft"
            >
              Undo
            </button>
          </p>
        ) : null}
      </div>
      {arrivedCount > 0 && (
        <div className="border-b border-line p-2">
          <Button
            size="small"
            wide
            onClick={() => setShown(new Set(notifications.map(({ id }) => id)))}
          >
            {formatCount(arrivedCount, 'new notification')}
          </Button>
        </div>
      )}
      {visible.length === 0 && arrivedCount === 0 ? (
        empty
      ) : (
        <ul ref={list} className="divide-y divide-line">
          {visible.map((notice) => (
            <NoticeItem
              key={notice.id}
              notice={notice}
              full={full}
              onFollow={() => {
                if (!notice.read) mark(notice.id, true);
                onFollow?.();
              }}
              onMark={(read) => mark(notice.id, read)}
              onDismiss={() => dismissOne(notice)}
            />
          ))}
        </ul>
      )}
    </>
  );
}

interface NoticeItemProps {
  notice: Notice;
  full: boolean;
  onFollow: () => void;
  onMark: (read: boolean) => void;
  onDismiss: () => void;
}

function NoticeItem({ notice, full, onFollow, onMark, onDismiss }: NoticeItemProps) {
  const { title, body, href, read, createdAt } = notice;
  const { icon: Icon, className } = icons[notice.type] ?? otherIcon;
  return (
    <li
      data-notice={notice.id}
      className={joinClasses(
        'relative flex items-start gap-3 py-3 pr-2 pl-4 has-[a:hover]:bg-well',
        !read && 'bg-accent-soft/40',
      )}
    >
      <Icon className={joinClasses('mt-0.5 size-4.5', className)} aria-hidden="true" />
      <div className="min-w-0 flex-1">
        <Link
          href={href}
          onClick={onFollow}
          className={joinClasses(
            'rounded-picture after:absolute after:inset-0',
            read ? 'font-normal' : 'font-semibold',
          )}
        >
          {!read && (
            <>
              <span
                aria-hidden="true"
                className="absolute top-[1.1rem] left-1 size-2 rounded-full bg-accent"
              />
              <span className="sr-only">Unread: </span>
            </>
          )}
          {title}
        </Link>
        <p className="text-small text-ink-2">
          <bdi>{body}</bdi>
        </p>
        <p className="mt-1 text-frame text-ink-3">
          <RelativeTime at={createdAt} />
        </p>
      </div>
      <div className="relative -mt-1 flex flex-none">
        {full && (
          <IconButton
            label={`Mark “${title}” as ${read ? 'unread' : 'read'}`}
            onClick={() => onMark(!read)}
          >
            {read ? <Mail aria-hidden="true" /> : <MailOpen aria-hidden="true" />}
          </IconButton>
        )}
        <IconButton label={`Dismiss “${title}”`} onClick={onDismiss}>
          <X aria-hidden="true" />
        </IconButton>
      </div>
    </li>
  );
}
