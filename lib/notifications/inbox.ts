import type { CreatorContext } from '../context.ts';
import { db } from '../db.ts';
import { DomainError } from '../errors.ts';
import type { DismissNotifications } from './rules/schemas.ts';

export interface NotificationView {
  id: string;
  type: string;
  title: string;
  body: string;
  href: string;
  read: boolean;
  createdAt: Date;
}

/** The newest 50 notices that were not dismissed, and how many are unread in all (AC-4). */
export async function getInbox(
  userId: string,
): Promise<{ unreadCount: number; notifications: NotificationView[] }> {
  const [rows, unreadCount] = await Promise.all([
    db().notification.findMany({
      where: { userId, dismissedAt: null },
      orderBy: { createdAt: 'desc' },
      take: 50,
    }),
    db().notification.count({ where: { userId, dismissedAt: null, readAt: null } }),
  ]);
  return {
    unreadCount,
    notifications: rows.map(({ id, type, title, body, href, readAt, createdAt }) => ({
      id,
      type,
      title,
      body,
      href,
      read: readAt !== null,
      createdAt,
    })),
  };
}

/** Marks one notice as read, or as unread again. Repeating it changes nothing. */
export async function markNotification(
  ctx: CreatorContext,
  input: { notificationId: string; read: boolean },
): Promise<void> {
  await change(ctx, input.notificationId, { readAt: input.read ? ctx.now : null });
}

/** Takes one notice off the list; `dismissed: false` brings it back (undo). */
export async function dismissNotification(
  ctx: CreatorContext,
  input: { notificationId: string; dismissed: boolean },
): Promise<void> {
  await change(ctx, input.notificationId, { dismissedAt: input.dismissed ? ctx.now : null });
}

/** Takes several notices off the list, or brings them back. Those of somebody else stay as they are. */
export async function dismissNotifications(
  ctx: CreatorContext,
  input: DismissNotifications,
): Promise<void> {
  await db().notification.updateMany({
    where: { id: { in: input.notificationIds }, userId: ctx.actor.userId },
    data: { dismissedAt: input.dismissed ? ctx.now : null },
  });
}

export async function markAllNotificationsRead(ctx: CreatorContext): Promise<void> {
  await db().notification.updateMany({
    where: { userId: ctx.actor.userId, readAt: null },
    data: { readAt: ctx.now },
  });
}

async function change(
  ctx: CreatorContext,
  id: string,
  data: { readAt?: Date | null; dismissedAt?: Date | null },
): Promise<void> {
  const { count } = await db().notification.updateMany({
    where: { id, userId: ctx.actor.userId },
    data,
  });
  if (count === 0) throw new DomainError('NOT_FOUND');
}
