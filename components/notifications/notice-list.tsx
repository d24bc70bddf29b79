'use client';

import {
  CalendarClock,
  CircleCheck,
  CircleX,
  Clock,
  Heart,
  Hourglass,
  Info,
  Mail,
  MailOpen,
  TriangleAlert,
  X,
} from 'lucide-react';
import { type ReactNode, useRef, useState } from 'react';
import { formatCount } from '@/lib/format';
import type { NotificationType } from '@/lib/notifications/rules/wording';
import { Button } from '../ui/button';
import { IconButton } from '../ui/icon-button';
import { joinClasses } from '../ui/join-classes';
import { Link } from '../ui/link';
import { RelativeTime } from '../ui/relative-time';
import { useInbox } from './inbox-provider';
import { type Notice, newestOf, orderOf } from './inbox-state';
import type { Dismissals } from './use-dismissals';

const icons: Record<NotificationType, { icon: typeof Info; className: string }> = {
  'lora.training.started': { icon: Clock, className: 'text-ink-3' },
  'lora.training.progress': { icon: Hourglass, className: 'text-ink-3' },
  'lora.training.completed': { icon: CircleCheck, className: 'text-good' },
  'lora.training.failed': { icon: CircleX, className: 'text-bad' },
  'lora.training.not-started': { icon: TriangleAlert, className: 'text-warn' },
  'lora.retrain.available': { icon: Heart, className: 'text-heart' },
  'lora.model.expiring': { icon: CalendarClock, className: 'text-warn' },
  'lora.model.expiring-soon': { icon: CalendarClock, className: 'text-warn' },
  'lora.model.expired': { icon: Info, className: 'text-ink-3' },
};
/** Of a type that an earlier version has written. */
const otherIcon = { icon: Info, className: 'text-ink-3' };

function iconOf(type: string) {
  return (icons as Record<string, (typeof icons)[NotificationType]>)[type] ?? otherIcon;
}

interface NoticeListProps {
  notices: readonly Notice[];
  /** Which page it is, by its `before`; null is the newest. */
  page?: string | null;
  dismissals: Dismissals;
  /** With "Mark as unread" on each; for the full page. */
  full?: boolean;
  /** Called when a notice's link is followed. */
  onFollow?: () => void;
  /** Shown when there is nothing. */
  empty: ReactNode;
}

/**
 * Notices, newest first. Nothing moves by itself: what arrives while the list is open waits behind a
 * button. What was dismissed last can be brought back.
 */
export function NoticeList({
  notices,
  page = null,
  dismissals,
  full = false,
  onFollow,
  empty,
}: NoticeListProps) {
  const { press, verbs, refused } = useInbox();
  const [shownUpTo, setShownUpTo] = useState(() => newestOf(notices));
  const list = useRef<HTMLUListElement>(null);
  const undo = useRef<HTMLButtonElement>(null);

  const visible = notices.filter((notice) => orderOf(notice) <= shownUpTo);
  const arrivedCount = notices.length - visible.length;
  const { last } = dismissals;

  const linkOf = (id?: string) =>
    list.current?.querySelector<HTMLElement>(id ? `[data-notice="${id}"] a` : 'a');

  function mark(notice: Notice, read: boolean) {
    void press(
      { of: { notices: [notice] }, change: { read }, page },
      () => verbs.mark({ notificationId: notice.id, read }),
      `Couldn't mark it as ${read ? 'read' : 'unread'}. Try again.`,
    );
  }

  function dismiss(notice: Notice) {
    const at = visible.findIndex(({ id }) => id === notice.id);
    const neighbour = visible[at + 1] ?? visible[at - 1];
    void dismissals.dismiss(notice);
    // Focus goes to the next notice, or to the way back when it was the last.
    if (neighbour) linkOf(neighbour.id)?.focus();
    else requestAnimationFrame(() => undo.current?.focus());
  }

  function bringBack() {
    const [first] = last?.notices ?? [];
    dismissals.bringBack();
    requestAnimationFrame(() => linkOf(first?.id)?.focus());
  }

  function showArrivals() {
    setShownUpTo(newestOf(notices));
    requestAnimationFrame(() => linkOf()?.focus());
  }

  return (
    <>
      <div role="status" className="empty:hidden">
        {refused ? (
          <p className="border-b border-line bg-bad-soft px-4 py-2 text-small text-bad">
            {refused}
          </p>
        ) : last ? (
          <p className="flex items-center justify-between gap-3 border-b border-line bg-well px-4 py-1 text-small text-ink-2">
            {last.count > 1
              ? `${formatCount(last.count, 'dismissed', 'dismissed')}.`
              : 'Dismissed.'}
            <button
              ref={undo}
              type="button"
              onClick={bringBack}
              className="min-h-target rounded-control px-2 font-medium text-accent hover:bg-accent-soft"
            >
              Undo
            </button>
          </p>
        ) : null}
      </div>
      {arrivedCount > 0 && (
        <div className="border-b border-line p-2">
          <Button size="small" wide onClick={showArrivals}>
            {formatCount(arrivedCount, 'new', 'new')}
            <span className="sr-only"> {arrivedCount > 1 ? 'notifications' : 'notification'}</span>
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
                if (!notice.read) mark(notice, true);
                onFollow?.();
              }}
              onMark={(read) => mark(notice, read)}
              onDismiss={() => dismiss(notice)}
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
  const { icon: Icon, className } = iconOf(notice.type);
  return (
    <li
      data-notice={notice.id}
      className={joinClasses(
        'relative flex items-start gap-3 py-3 pr-2 pl-4 has-[a:hover]:bg-well',
        !read && 'bg-accent-soft/40',
      )}
    >
      <Icon className={joinClasses('mt-0.5 size-4.5 flex-none', className)} aria-hidden="true" />
      <div className="min-w-0 flex-1">
        <Link
          href={href}
          onClick={onFollow}
          className={joinClasses(
            'rounded-picture wrap-anywhere after:absolute after:inset-0',
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
          {/* The sentence is ours, whichever way a name in it runs. */}
          <bdi dir="ltr">{title}</bdi>
        </Link>
        <p className="text-small wrap-anywhere text-ink-2">
          <bdi dir="ltr">{body}</bdi>
        </p>
        <p className="mt-1 text-frame text-ink-3 first-letter:uppercase">
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
