import type { Context } from '../context.ts';
import { db } from '../db.ts';
import { env } from '../env.ts';
import { log } from '../log.ts';
import { dueAt, sendEmail } from './send-email.ts';

/** Of each sweep. What is sent is due no more, so the rest has its turn next time. */
const atOnce = 50;

/**
 * Sends every e-mail that is due by itself: those whose bell was lost and those to be tried again,
 * oldest first. One that fails is logged and does not hold up the others. Returns how many were due.
 */
export async function sweepEmails(ctx: Context): Promise<number> {
  if (env().MAIL_TRANSPORT === 'off') return 0;
  const due = await db().email.findMany({
    where: dueAt(ctx.now),
    orderBy: { nextTryAt: { sort: 'asc', nulls: 'first' } },
    take: atOnce,
    select: { notificationId: true },
  });
  for (const { notificationId } of due) {
    await sendEmail(ctx, { notificationId }).catch((error) =>
      log().error({ notificationId, error }, 'an e-mail could not be swept'),
    );
  }
  return due.length;
}
