import type { Deletion } from '../../prisma/client/client.ts';
import type { Context } from '../context.ts';
import { db } from '../db.ts';
import { env } from '../env.ts';
import { log } from '../log.ts';
import { configuredMail } from '../mail/configured-mail.ts';
import { MailError } from '../mail/mail.ts';
import { paths } from '../paths.ts';
import { receiptToken } from './receipt-token.ts';
import { wordReceiptEmail } from './rules/receipt.ts';

/** A mail server that refuses for now is asked again for so long; then the address goes as well. */
const triedForMs = 24 * 3_600_000;

/**
 * Sends the link to an account's receipt, at most once, and forgets the address: erasing it is how
 * the e-mail is claimed, before the mail server is called. Only where that surely did not take it is
 * the address kept for another try, a day at most. False while that is the case.
 */
export async function sendReceipt(ctx: Context, deletion: Deletion): Promise<boolean> {
  const { id, mailTo, requestedAt } = deletion;
  const { count } = await db().deletion.updateMany({
    where: { id, mailTo: { not: null } },
    data: { mailTo: null },
  });
  const mail = configuredMail();
  if (count === 0 || !mailTo || !mail) return true;
  const { APP_URL, AUTH_SECRET } = env();
  const link = `${APP_URL}${paths.deletedAccount(receiptToken(AUTH_SECRET, id))}`;
  try {
    await mail.send({
      messageId: `<${id}@${new URL(APP_URL).hostname}>`,
      to: mailTo,
      date: ctx.now,
      ...wordReceiptEmail(link),
    });
  } catch (error) {
    const kind = error instanceof MailError ? error.kind : 'unknown';
    // The server's words may name the address.
    log().warn({ deletionId: id, kind }, 'the receipt of a deleted account was not taken over');
    const isOver = ctx.now.getTime() - requestedAt.getTime() > triedForMs;
    if (kind !== 'temporary' || isOver) return true;
    await db().deletion.updateMany({ where: { id }, data: { mailTo } });
    return false;
  }
  return true;
}
