import type { Tx } from '../db.ts';
import { env } from '../env.ts';
import { enqueue } from '../jobs/queue.ts';
import { isMailedType } from './rules/email.ts';
import { type NoticeFacts, type NotificationType, wordNotice } from './rules/wording.ts';

/**
 * Tells a user something, once for each subject and type: a repeat changes nothing (AC-4). Written
 * in the transaction of what it tells about, and so is its e-mail, where e-mails are on for this
 * installation and for the character.
 */
export async function notify<T extends NotificationType>(
  tx: Tx,
  notice: { userId: string; subjectId: string; type: T; facts: NoticeFacts[T] },
): Promise<void> {
  const { userId, subjectId, type, facts } = notice;
  const [told] = await tx.notification.createManyAndReturn({
    data: [{ userId, subjectId, type, ...wordNotice(type, facts) }],
    skipDuplicates: true,
    select: { id: true },
  });
  if (!told || env().MAIL_TRANSPORT === 'off' || !isMailedType(type)) return;
  const wanting = await tx.character.count({
    where: { id: facts.characterId, userId, notifyEmail: true },
  });
  if (wanting === 0) return;
  await tx.email.create({ data: { notificationId: told.id, userId } });
  await enqueue(tx, 'notifications.send-email', { notificationId: told.id });
}
