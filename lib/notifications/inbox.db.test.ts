import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { creatorContext } from '../context.ts';
import { db, inTransaction } from '../db.ts';
import { makeUser } from '../testing/factories.ts';
import { makeStage } from '../testing/training-stage.ts';
import {
  dismissAllNotifications,
  dismissNotification,
  dismissNotifications,
  getInbox,
  markAllNotificationsRead,
  markNotification,
  restoreNotifications,
} from './inbox.ts';
import { notify } from './notify.ts';

async function told(userId: string, subjectId: string = randomUUID()) {
  await inTransaction((tx) =>
    notify(tx, {
      userId,
      subjectId,
      type: 'lora.training.completed',
      facts: {
        characterId: randomUUID(),
        characterName: 'Mara',
        sandbox: false,
        chargedCredits: 22_000,
      },
    }),
  );
  return subjectId;
}

/** `count` notices a minute apart, the first the oldest; two of each share their instant. */
async function toldOften(userId: string, count: number): Promise<void> {
  await db().notification.createMany({
    data: Array.from({ length: count }, (_, index) => ({
      userId,
      subjectId: randomUUID(),
      type: 'lora.training.completed',
      title: `Notice ${index + 1}`,
      body: 'Something happened.',
      href: '/influencer',
      createdAt: new Date(Date.UTC(2026, 2, 12, 12, Math.floor(index / 2))),
    })),
  });
}

describe('the inbox', () => {
  it('tells once for each subject and type', async () => {
    const user = await makeUser();
    const subjectId = await told(user.id);
    await Promise.all([told(user.id, subjectId), told(user.id, subjectId)]);
    await told(user.id);
    expect((await getInbox(user.id)).unreadCount).toBe(2);
  });

  it('is empty for who was told nothing', async () => {
    const user = await makeUser();
    expect(await getInbox(user.id)).toEqual({
      unreadCount: 0,
      totalCount: 0,
      trainingOpen: false,
      notifications: [],
      nextBefore: null,
    });
  });

  it('words a completed training as specified', async () => {
    const user = await makeUser();
    await told(user.id);
    expect((await getInbox(user.id)).notifications).toMatchObject([
      {
        title: 'Mara is ready',
        body: 'Generate images with >95% consistency. 22,000\u00a0credits were charged.',
        read: false,
      },
    ]);
  });

  it('says while a training is under way', async () => {
    const stage = await makeStage();
    expect(await getInbox(stage.user.id)).toMatchObject({ trainingOpen: false });
    await stage.start();
    expect(await getInbox(stage.user.id)).toMatchObject({
      trainingOpen: true,
      notifications: [{ title: 'Training started' }],
    });
    const stranger = await makeUser();
    expect(await getInbox(stranger.id)).toMatchObject({ trainingOpen: false });
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

  it('has every notice on one page and only one, newest first, 50 a page', async () => {
    const user = await makeUser();
    await toldOften(user.id, 120);
    await toldOften((await makeUser()).id, 3);
    const titles: string[] = [];
    const sizes: number[] = [];
    let before: string | undefined;
    do {
      const page = await getInbox(user.id, { before });
      expect(page).toMatchObject({ unreadCount: 120, totalCount: 120 });
      sizes.push(page.notifications.length);
      titles.push(...page.notifications.map(({ title }) => title));
      before = page.nextBefore ?? undefined;
    } while (before);
    expect(sizes).toEqual([50, 50, 20]);
    expect(new Set(titles).size).toBe(120);
    const minutes = titles.map((title) => Math.ceil(Number(title.split(' ')[1]) / 2));
    expect(minutes).toEqual([...minutes].sort((a, b) => b - a));
  });

  it('goes on from a notice that was dismissed meanwhile, and from nobody else’s', async () => {
    const user = await makeUser();
    await toldOften(user.id, 60);
    const { nextBefore } = await getInbox(user.id);
    const before = nextBefore ?? '';
    await dismissNotification(creatorContext(user.id), { notificationId: before, dismissed: true });
    expect((await getInbox(user.id, { before })).notifications).toHaveLength(10);
    const stranger = await makeUser();
    await toldOften(stranger.id, 3);
    expect((await getInbox(stranger.id, { before })).notifications).toEqual([]);
  });

  it('marks and dismisses all on every page, but not what came since', async () => {
    const user = await makeUser();
    const ctx = creatorContext(user.id, new Date('2026-03-13T12:00:00Z'));
    await toldOften(user.id, 60);
    const newestId = (await getInbox(user.id)).notifications[0]?.id ?? '';
    await told(user.id);
    await markAllNotificationsRead(ctx, { newestId });
    expect(await getInbox(user.id)).toMatchObject({ unreadCount: 1, totalCount: 61 });

    // One that was dismissed alone stays so when the others are brought back.
    const alone = (await getInbox(user.id)).notifications[5]?.id ?? '';
    await dismissNotification(creatorContext(user.id), { notificationId: alone, dismissed: true });
    const { dismissedAt } = await dismissAllNotifications(ctx, { newestId });
    expect(await getInbox(user.id)).toMatchObject({ unreadCount: 1, totalCount: 1 });
    await restoreNotifications(creatorContext((await makeUser()).id), { dismissedAt });
    expect((await getInbox(user.id)).totalCount).toBe(1);
    await restoreNotifications(ctx, { dismissedAt });
    expect((await getInbox(user.id)).totalCount).toBe(60);
  });

  it('is nobody else’s', async () => {
    const user = await makeUser();
    const stranger = creatorContext((await makeUser()).id);
    await told(user.id);
    const notificationId = (await getInbox(user.id)).notifications[0]?.id ?? '';
    for (const change of [
      () => markNotification(stranger, { notificationId, read: true }),
      () => dismissNotification(stranger, { notificationId, dismissed: true }),
      () => markAllNotificationsRead(stranger, { newestId: notificationId }),
      () => dismissAllNotifications(stranger, { newestId: notificationId }),
    ]) {
      await expect(change()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
    await markAllNotificationsRead(stranger);
    await dismissAllNotifications(stranger, {});
    expect((await getInbox(user.id)).unreadCount).toBe(1);
  });
});
