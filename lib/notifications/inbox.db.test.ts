import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { creatorContext } from '../context.ts';
import { inTransaction } from '../db.ts';
import { makeUser } from '../testing/factories.ts';
import {
  dismissNotification,
  dismissNotifications,
  getInbox,
  markAllNotificationsRead,
  markNotification,
} from './inbox.ts';
import { notify } from './notify.ts';

async function told(userId: string, subjectId: string = randomUUID()) {
  await inTransaction((tx) =>
    notify(tx, {
      userId,
      subjectId,
      type: 'lora.training.completed',
      facts: { characterId: randomUUID(), characterName: 'Mara', sandbox: false },
    }),
  );
  return subjectId;
}

describe('the inbox', () => {
  it('tells once for each subject and type', async () => {
    const user = await makeUser();
    const subjectId = await told(user.id);
    await Promise.all([told(user.id, subjectId), told(user.id, subjectId)]);
    await told(user.id);
    expect((await getInbox(user.id)).unreadCount).toBe(2);
  });

  it('words a completed training as specified', async () => {
    const user = await makeUser();
    await told(user.id);
    expect((await getInbox(user.id)).notifications).toMatchObject([
      {
        title: 'LoRA training complete',
        body: 'Mara’s LoRA is ready. Generate images with >95% consistency.',
        read: false,
      },
    ]);
  });

  it('marks as read and unread, dismisses and brings back', async () => {
    const user = await makeUser();
    const ctx = creatorContext(user.id);
    await told(user.id);
    await told(user.id);
    const [first] = (await getInbox(user.id)).notifications;
    const notificationId = first?.id ?? '';
    await markNotification(ctx, { notificationId, read: true });
    expect((await getInbox(user.id)).unreadCount).toBe(1);
    await markNotification(ctx, { notificationId, read: false });
    expect((await getInbox(user.id)).unreadCount).toBe(2);
    await dismissNotification(ctx, { notificationId, dismissed: true });
    expect((await getInbox(user.id)).notifications).toHaveLength(1);
    await dismissNotification(ctx, { notificationId, dismissed: false });
    expect((await getInbox(user.id)).notifications).toHaveLength(2);
    await markAllNotificationsRead(ctx);
    expect((await getInbox(user.id)).unreadCount).toBe(0);
  });

  it('dismisses several at once, brings them back, and leaves everybody else’s alone', async () => {
    const user = await makeUser();
    const other = await makeUser();
    await told(user.id);
    await told(user.id);
    await told(user.id);
    await told(other.id);
    const [kept, ...gone] = (await getInbox(user.id)).notifications.map(({ id }) => id);
    const theirs = (await getInbox(other.id)).notifications.map(({ id }) => id);
    const ctx = creatorContext(user.id);
    await dismissNotifications(ctx, { notificationIds: [...gone, ...theirs], dismissed: true });
    expect((await getInbox(user.id)).notifications.map(({ id }) => id)).toEqual([kept]);
    expect((await getInbox(user.id)).unreadCount).toBe(1);
    expect((await getInbox(other.id)).notifications).toHaveLength(1);
    await dismissNotifications(ctx, { notificationIds: gone, dismissed: false });
    expect((await getInbox(user.id)).notifications).toHaveLength(3);
  });

  it('is nobody else’s', async () => {
    const user = await makeUser();
    const stranger = creatorContext((await makeUser()).id);
    await told(user.id);
    const notificationId = (await getInbox(user.id)).notifications[0]?.id ?? '';
    for (const change of [
      () => markNotification(stranger, { notificationId, read: true }),
      () => dismissNotification(stranger, { notificationId, dismissed: true }),
    ]) {
      await expect(change()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
    expect((await getInbox(user.id)).unreadCount).toBe(1);
  });
});
