import type { CreatorContext } from '../context.ts';
import { db } from '../db.ts';
import { DomainError } from '../errors.ts';
import type { AllNotifications, DismissNotifications } from './rules/schemas.ts';

export interface NotificationView {
  id: string;
  type: string;
  title: string;
  body: string;
  href: string;
  read: boolean;
  createdAt: Date;
}

export interface InboxView {
  /** Of all that were not dismissed, on whichever page. */
  unreadCount: number;
  totalCount: number;
  /** Whether a training of the user is under way: news is near. */
  trainingOpen: boolean;
  notifications: NotificationView[];
  /** Give it as `before` for the next, older page; null on the last. */
  nextBefore: string | null;
}

/** Notices on a page. */
const pageSize = 50;

/** One row a notice, each with the counts; a single one without a notice where there is none. */
interface InboxRow {
  unreadCount: number;
  totalCount: number;
  trainingOpen: boolean;
  id: string | null;
  type: string;
  title: string;
  body: string;
  href: string;
  readAt: Date | null;
  createdAt: Date;
}

/**
 * The newest notices that were not dismissed, 50 at most, or those before the one of id `before`
 * (AC-4). One query on the inbox's own index: it is asked for again and again. An id that is not the
 * user's has nothing before it.
 */
export async function getInbox(
  userId: string,
  { before }: { before?: string } = {},
): Promise<InboxView> {
  const rows = await db().$queryRaw<InboxRow[]>`
    SELECT counts.*, page.*
    FROM (
      SELECT count(*)::int AS "totalCount",
             (count(*) FILTER (WHERE read_at IS NULL))::int AS "unreadCount",
             EXISTS (
               SELECT FROM lora_models
               WHERE user_id = ${userId}::uuid AND status IN ('pending', 'training')
             ) AS "trainingOpen"
      FROM notifications
      WHERE user_id = ${userId}::uuid AND dismissed_at IS NULL
    ) counts
    LEFT JOIN (
      SELECT id, type, title, body, href, read_at AS "readAt", created_at AS "createdAt"
      FROM notifications
      WHERE user_id = ${userId}::uuid AND dismissed_at IS NULL
        AND (
          ${before ?? null}::uuid IS NULL
          OR (created_at, id) < (
            SELECT created_at, id FROM notifications
            WHERE id = ${before ?? null}::uuid AND user_id = ${userId}::uuid
          )
        )
      ORDER BY created_at DESC, id DESC
      LIMIT ${pageSize + 1}
    ) page ON true
    ORDER BY page."createdAt" DESC, page.id DESC`;
  const [{ unreadCount, totalCount, trainingOpen }] = rows as [InboxRow];
  const notifications = rows.slice(0, pageSize).flatMap(({ id, readAt, ...row }) =>
    id === null
      ? []
      : [
          {
            id,
            type: row.type,
            title: row.title,
            body: row.body,
            href: row.href,
            read: readAt !== null,
            createdAt: row.createdAt,
          },
        ],
  );
  return {
    unreadCount,
    totalCount,
    trainingOpen,
    notifications,
    nextBefore: rows.length > pageSize ? (notifications.at(-1)?.id ?? null) : null,
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

/** Marks every notice as read; with `newestId` only up to that one, the newest the creator has seen. */
export async function markAllNotificationsRead(
  ctx: CreatorContext,
  input: AllNotifications = {},
): Promise<void> {
  await db().notification.updateMany({
    where: { ...(await upTo(ctx, input)), readAt: null },
    data: { readAt: ctx.now },
  });
}

/**
 * Takes every notice off the list, on whichever page; with `newestId` only up to that one. Returns
 * the instant by which `restoreNotifications` finds them again.
 */
export async function dismissAllNotifications(
  ctx: CreatorContext,
  input: AllNotifications,
): Promise<{ dismissedAt: string }> {
  await db().notification.updateMany({
    where: { ...(await upTo(ctx, input)), dismissedAt: null },
    data: { dismissedAt: ctx.now },
  });
  return { dismissedAt: ctx.now.toISOString() };
}

/** Brings back what was taken off the list at that instant. */
export async function restoreNotifications(
  ctx: CreatorContext,
  input: { dismissedAt: string },
): Promise<void> {
  await db().notification.updateMany({
    where: { userId: ctx.actor.userId, dismissedAt: new Date(input.dismissedAt) },
    data: { dismissedAt: null },
  });
}

async function upTo(ctx: CreatorContext, { newestId: id }: AllNotifications) {
  const { userId } = ctx.actor;
  if (!id) return { userId };
  const newest = await db().notification.findFirst({
    where: { id, userId },
    select: { createdAt: true },
  });
  if (!newest) throw new DomainError('NOT_FOUND');
  return { userId, createdAt: { lte: newest.createdAt } };
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
