import type { Prisma } from '../../prisma/client/client.ts';
import type { Context } from '../context.ts';
import { db, inTransaction } from '../db.ts';
import { env } from '../env.ts';
import { log } from '../log.ts';
import { configuredMail } from '../mail/configured-mail.ts';
import { MailError, type MailErrorKind } from '../mail/mail.ts';
import { paths } from '../paths.ts';
import { emailMaxAgeMs, emailRetryMs, maxEmailTries, wordEmail } from './rules/email.ts';

const longestError = 500;

/**
 * Sends the e-mail of a notice, at most once: it is claimed by committing `sending` before the mail
 * server is called. Who finds it claimed leaves it alone for ever, for it may be on its way. Not sent
 * are those whose notice was dismissed or whose character wants none any more. Refused for now means
 * another try later; refused for good, or too often, ends it. Safe to call at any time, by anyone,
 * again.
 */
export async function sendEmail(ctx: Context, input: { notificationId: string }): Promise<void> {
  const mail = configuredMail();
  if (!mail) return;
  const claimed = await claimEmail(ctx, input.notificationId);
  if (!claimed) return;
  const { notification, character, tries } = claimed;
  try {
    await mail.send({
      messageId: `<${notification.id}@${new URL(env().APP_URL).hostname}>`,
      to: notification.user.email,
      date: ctx.now,
      ...wordEmail({
        ...notification,
        characterName: character.name,
        settingsPath: paths.settings(character.id),
        appUrl: env().APP_URL,
      }),
    });
  } catch (error) {
    await recordFailure(ctx, notification.id, tries, error);
    return;
  }
  await db().email.updateMany({
    where: { notificationId: notification.id, status: 'sending' },
    data: { status: 'sent', sentAt: ctx.now, lastError: null },
  });
}

/** The e-mails that are due at `now`: those never tried, and those whose next try has come. */
export function dueAt(now: Date) {
  return {
    status: 'waiting',
    OR: [{ nextTryAt: null }, { nextTryAt: { lte: now } }],
  } as const satisfies Prisma.EmailWhereInput;
}

/** The e-mail and what it tells about, marked as being sent; null when there is nothing to send. */
async function claimEmail(ctx: Context, notificationId: string) {
  return inTransaction(async (tx) => {
    const email = await tx.email.findFirst({
      where: { notificationId, ...dueAt(ctx.now) },
      include: { notification: { include: { user: { select: { email: true } } } } },
    });
    if (!email) return null;
    const { notification, createdAt } = email;
    // A notice is about a training or about a character; either leads to whom it concerns.
    const character = await tx.character.findFirst({
      where: {
        userId: email.userId,
        notifyEmail: true,
        OR: [
          { id: notification.subjectId },
          { loraModels: { some: { id: notification.subjectId } } },
        ],
      },
      select: { id: true, name: true },
    });
    const isNews = ctx.now.getTime() - createdAt.getTime() <= emailMaxAgeMs;
    if (notification.dismissedAt || !character || !isNews) {
      await tx.email.deleteMany({ where: { notificationId, status: 'waiting' } });
      return null;
    }
    // Of two at once, the second waits here for the first and then finds nothing.
    const { count } = await tx.email.updateMany({
      where: { notificationId, status: 'waiting' },
      data: { status: 'sending', tries: { increment: 1 }, nextTryAt: null },
    });
    return count === 1 ? { notification, character, tries: email.tries + 1 } : null;
  });
}

async function recordFailure(
  ctx: Context,
  notificationId: string,
  tries: number,
  error: unknown,
): Promise<void> {
  // What is no answer of the mail's own leaves open whether it went.
  const kind: MailErrorKind = error instanceof MailError ? error.kind : 'unknown';
  log().warn({ notificationId, tries, kind, error }, 'an e-mail was not taken over');
  const isOver = kind === 'refused' || tries >= maxEmailTries;
  const next = {
    unknown: {},
    refused: { status: 'failed' },
    temporary: isOver
      ? { status: 'failed' }
      : {
          status: 'waiting',
          nextTryAt: new Date(ctx.now.getTime() + emailRetryMs(tries, Math.random())),
        },
  }[kind];
  const message = error instanceof Error ? error.message : String(error);
  await db().email.updateMany({
    where: { notificationId, status: 'sending' },
    data: { ...next, lastError: message.slice(0, longestError) },
  });
}
