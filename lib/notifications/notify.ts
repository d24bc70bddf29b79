import type { Tx } from '../db.ts';
import { type NoticeFacts, type NotificationType, wordNotice } from './rules/wording.ts';

/**
 * Tells a user something, once for each subject and type: a repeat changes nothing (AC-4). Written
 * in the transaction of what it tells about.
 */
export async function notify<T extends NotificationType>(
  tx: Tx,
  notice: { userId: string; subjectId: string; type: T; facts: NoticeFacts[T] },
): Promise<void> {
  const { userId, subjectId, type } = notice;
  await tx.notification.createMany({
    data: [{ userId, subjectId, type, ...wordNotice(type, notice.facts) }],
    skipDuplicates: true,
  });
}
