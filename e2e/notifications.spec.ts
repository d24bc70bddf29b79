import { randomUUID } from 'node:crypto';
import type { Locator, Page } from '@playwright/test';
import { creatorContext } from '../lib/context.ts';
import { db, inTransaction } from '../lib/db.ts';
import { startTraining } from '../lib/lora/start-training.ts';
import { notify } from '../lib/notifications/notify.ts';
import type { NoticeFacts, NotificationType } from '../lib/notifications/rules/wording.ts';
import { paths } from '../lib/paths.ts';
import { type Creator, expect, type Influencer, test } from './fixtures.ts';
import { expectGoodLooks } from './good-looks.ts';

// What is told by hand ---------------------------------------------------------------------------

type Facts<T extends NotificationType> = Omit<NoticeFacts[T], 'characterId' | 'characterName'>;

/** Tells `creator` something about an influencer of theirs, as a verb would. */
async function tell<T extends NotificationType>(
  creator: Creator,
  about: Influencer,
  type: T,
  facts: Facts<T>,
): Promise<void> {
  const whose = { characterId: about.id, characterName: about.name };
  await inTransaction((tx) =>
    notify(tx, {
      userId: creator.id,
      subjectId: randomUUID(),
      type,
      facts: { ...whose, ...facts } as NoticeFacts[T],
    }),
  );
}

const ready = { sandbox: false, chargedCredits: 22_000 };

/** `count` notices a minute apart, "Notice 1" the oldest. */
async function tellOften(creator: Creator, count: number): Promise<void> {
  const first = Date.now() - count * 60_000;
  await db().notification.createMany({
    data: Array.from({ length: count }, (_, index) => ({
      userId: creator.id,
      subjectId: randomUUID(),
      type: 'lora.training.progress',
      title: `Notice ${index + 1}`,
      body: 'Something happened.',
      href: paths.influencers(),
      createdAt: new Date(first + index * 60_000),
    })),
  });
}

// What is on the page ----------------------------------------------------------------------------

const bell = (page: Page) => page.getByRole('button', { name: /^Notifications/ });
const panelOf = (page: Page) => page.getByRole('region', { name: /^Notifications/ });
const rows = (place: Page | Locator) => place.getByRole('listitem').filter({ has: time(place) });
const time = (place: Page | Locator) =>
  ('page' in place ? place.page() : place).locator('time[datetime]');
const link = (place: Page | Locator, title: string) =>
  rows(place).getByRole('link', { name: title });

async function expectUnread(page: Page, count: number): Promise<void> {
  const name = count > 0 ? `Notifications, ${count} unread` : 'Notifications';
  await expect(page.getByRole('button', { name, exact: true })).toBeVisible();
}

/** What is shown at once has reached the server too. */
async function expectKept({ id: userId }: Creator, kept: { shown: number; unread: number }) {
  const count = async () => ({
    shown: await db().notification.count({ where: { userId, dismissedAt: null } }),
    unread: await db().notification.count({ where: { userId, dismissedAt: null, readAt: null } }),
  });
  await expect.poll(count).toEqual(kept);
}

test('every kind of news names whose it is, and leads where it goes on', async ({
  page,
  creator,
}) => {
  const mara = await creator.influencer({ name: 'Mara', images: 5, stored: false });
  const expiresAt = new Date(Date.now() + 14 * 24 * 3_600_000);
  await tell(creator, mara, 'lora.training.started', {
    fromSeconds: 1_500,
    toSeconds: 3_600,
    reservedCredits: 22_000,
  });
  await tell(creator, mara, 'lora.training.completed', ready);
  await tell(creator, mara, 'lora.training.failed', {
    reason: 'GPU_OUT_OF_MEMORY',
    releasedCredits: 22_000,
    freeRetry: true,
  });
  await tell(creator, mara, 'lora.training.not-started', { why: 'price' });
  await tell(creator, mara, 'lora.training.progress', { percent: 50 });
  await tell(creator, mara, 'lora.retrain.available', { count: 3 });
  await tell(creator, mara, 'lora.model.expiring', { expiresAt });
  await tell(creator, mara, 'lora.model.expiring-soon', { expiresAt });
  await tell(creator, mara, 'lora.model.expired', {});

  await page.goto(paths.notifications());
  await expectUnread(page, 9);
  await expect(rows(page)).toHaveCount(9);
  for (const [title, body, href] of [
    [
      'Training started',
      /usually takes 25 to 60\sminutes\. 22,000\scredits are reserved/,
      'settings',
    ],
    ['Mara is ready', /Generate images.* 22,000\scredits were charged/, 'studio'],
    [
      'Mara’s training failed',
      /The GPU ran out of memory\. 22,000\scredits are back\. Retry for free in settings/,
      'settings',
    ],
    ['Mara’s training has not started', 'The price changed since you agreed to it.', 'settings'],
    ['Mara’s training is at 50', 'We’ll notify you when it’s ready.', 'settings'],
    ['Improve your model', /You have 3\snew liked images of Mara\. Retrain/, 'settings'],
    ['Mara’s model will be removed', 'Use it before', 'settings'],
    ['Mara’s model will be removed soon', 'It goes on', 'settings'],
    ['Mara’s model was removed', 'The history stays', 'settings'],
  ] as const) {
    const row = rows(page).filter({ hasText: body });
    await expect(row).toHaveCount(1);
    await expect(row.getByRole('link', { name: title })).toHaveAttribute(
      'href',
      `/influencer/${mara.id}/${href}`,
    );
  }

  // Following one reads it, and only it.
  await link(page, 'Mara is ready').click();
  await expect(page).toHaveURL(new RegExp(`${mara.id}/studio`));
  await expectUnread(page, 8);
  await page.goBack();
  await expect(link(page, 'Mara is ready')).toHaveAccessibleName('Mara is ready');
  await expect(link(page, 'Training started')).toHaveAccessibleName('Unread: Training started');
});

test('opening the bell reads nothing; marking, unmarking and marking all do', async ({
  page,
  creator,
}) => {
  const mara = await creator.influencer({ name: 'Mara', images: 5, stored: false });
  await tell(creator, mara, 'lora.retrain.available', { count: 3 });
  await tell(creator, mara, 'lora.training.completed', ready);
  await tell(creator, mara, 'lora.model.expired', {});
  await page.goto(paths.influencers());
  await expectUnread(page, 3);
  await bell(page).click();
  await expect(rows(panelOf(page))).toHaveCount(3);
  await page.keyboard.press('Escape');
  await expectUnread(page, 3);

  await bell(page).click();
  await panelOf(page).getByRole('button', { name: 'Mark all as read' }).click();
  await expectUnread(page, 0);
  await expectKept(creator, { shown: 3, unread: 0 });
  await page.reload();
  await expectUnread(page, 0);

  await bell(page).click();
  await panelOf(page).getByRole('link', { name: 'All notifications' }).click();
  await page.getByRole('button', { name: 'Mark “Mara is ready” as unread' }).click();
  await expectUnread(page, 1);
  await expect(link(page, 'Mara is ready')).toHaveAccessibleName('Unread: Mara is ready');
  await expectKept(creator, { shown: 3, unread: 1 });
  await page.reload();
  await expectUnread(page, 1);
  await page.getByRole('button', { name: 'Mark “Mara is ready” as read' }).click();
  await expectUnread(page, 0);
});

test('dismissing moves on, can be undone, and asks before it takes more than ten', async ({
  page,
  creator,
}) => {
  await tellOften(creator, 12);
  await page.goto(paths.notifications());
  await expect(rows(page)).toHaveCount(12);
  await page.getByRole('button', { name: 'Dismiss “Notice 11”' }).click();
  await expect(rows(page)).toHaveCount(11);
  await expect(link(page, 'Notice 10')).toBeFocused();
  await expectUnread(page, 11);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(rows(page)).toHaveCount(12);
  await expect(link(page, 'Notice 11')).toBeFocused();
  await expect(rows(page).nth(1)).toContainText('Notice 11');

  const dismissAll = page.getByRole('button', { name: 'Dismiss all' });
  await dismissAll.click();
  const question = page.getByRole('alertdialog', { name: /^Dismiss 12\snotifications\?$/ });
  await question.getByRole('button', { name: 'Keep them' }).click();
  await expect(rows(page)).toHaveCount(12);
  await dismissAll.click();
  await question.getByRole('button', { name: 'Dismiss all' }).click();
  await expect(page.getByRole('heading', { name: 'Nothing new' })).toBeVisible();
  await expectUnread(page, 0);
  await expectKept(creator, { shown: 0, unread: 0 });
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(rows(page)).toHaveCount(12);
  await expectUnread(page, 12);
  await expectKept(creator, { shown: 12, unread: 12 });
  await page.reload();
  await expect(rows(page)).toHaveCount(12);

  for (const number of [12, 11]) {
    await page.getByRole('button', { name: `Dismiss “Notice ${number}”` }).click();
  }
  await expect(rows(page)).toHaveCount(10);
  await dismissAll.click();
  await expect(page.getByRole('heading', { name: 'Nothing new' })).toBeVisible();
  await expectKept(creator, { shown: 0, unread: 0 });
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Nothing new' })).toBeVisible();
});

test('older ones are a page away, and all are dismissed together', async ({ page, creator }) => {
  await tellOften(creator, 60);
  await page.goto(paths.notifications());
  await expect(rows(page)).toHaveCount(50);
  await expectUnread(page, 60);
  await page.getByRole('link', { name: 'Older', exact: true }).click();
  await expect(rows(page)).toHaveCount(10);
  await expect(rows(page).first()).toContainText('Notice 10');
  await page.getByRole('button', { name: 'Mark “Notice 9” as read' }).click();
  await expect(link(page, 'Notice 9')).toHaveAccessibleName('Notice 9');
  await expectUnread(page, 59);
  await page.getByRole('button', { name: 'Dismiss “Notice 8”' }).click();
  await expect(rows(page)).toHaveCount(9);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(rows(page)).toHaveCount(10);
  await expectKept(creator, { shown: 60, unread: 59 });
  await page.reload();
  await expect(rows(page)).toHaveCount(10);

  await page.getByRole('link', { name: 'Newest', exact: true }).click();
  await expect(rows(page)).toHaveCount(50);
  // What moves up from the older page is no news.
  await page.getByRole('button', { name: 'Dismiss “Notice 60”' }).click();
  await expect(rows(page).last()).toContainText('Notice 10');
  await expect(page.getByRole('button', { name: /^\d+\snew/ })).toHaveCount(0);

  await page.getByRole('button', { name: 'Dismiss all' }).click();
  await page
    .getByRole('alertdialog', { name: /^Dismiss 59\snotifications\?$/ })
    .getByRole('button', { name: 'Dismiss all' })
    .click();
  await expect(page.getByRole('heading', { name: 'Nothing new' })).toBeVisible();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expectUnread(page, 58);
});

test('news comes without reloading, in every tab, and is spoken once', async ({
  page,
  context,
  creator,
}) => {
  const mara = await creator.influencer({ name: 'Mara', images: 5 });
  await startTraining(creatorContext(creator.id), {
    characterId: mara.id,
    baseModel: 'z-image-turbo',
    imageIds: mara.images.map(({ id }) => id),
    expectedCredits: 20_000,
    requestId: randomUUID(),
    consent: 'synthetic',
  });
  const other = await context.newPage();
  for (const tab of [page, other]) {
    await tab.goto(paths.influencers());
    await expectUnread(tab, 1);
  }
  for (const tab of [page, other]) {
    await expect(
      tab.getByRole('button', { name: 'Notifications, 2 unread', exact: true }),
    ).toBeVisible({ timeout: 60_000 });
    await expect(tab.getByRole('status').filter({ hasText: /^New: Mara is ready$/ })).toHaveCount(
      1,
    );
  }

  // What is done in one tab shows in the other, sooner than it would ask by itself.
  await bell(page).click();
  await panelOf(page).getByRole('button', { name: 'Dismiss “Training started”' }).click();
  await expectUnread(other, 1);
  await bell(other).click();
  await expect(rows(panelOf(other))).toHaveCount(1);
});

test('while the list is open nothing jumps', async ({ page, creator }) => {
  const mara = await creator.influencer({ name: 'Mara', images: 5, stored: false });
  await tell(creator, mara, 'lora.training.completed', ready);
  await page.goto(paths.influencers());
  await bell(page).click();
  // A press makes the page look again every 3 s for a while.
  await panelOf(page).getByRole('button', { name: 'Mark all as read' }).click();
  await tell(creator, mara, 'lora.retrain.available', { count: 3 });
  await tell(creator, mara, 'lora.model.expired', {});
  const arrived = panelOf(page).getByRole('button', { name: /^2\snew notifications$/ });
  await expect(arrived).toBeVisible();
  await expectUnread(page, 2);
  await expect(rows(panelOf(page))).toHaveCount(1);
  await arrived.click();
  await expect(rows(panelOf(page))).toHaveCount(3);
  await expect(rows(panelOf(page)).first().getByRole('link')).toBeFocused();
});

test('an answer from before a press does not undo it, a refusal does and says so', async ({
  page,
  creator,
}) => {
  const mara = await creator.influencer({ name: 'Mara', images: 5, stored: false });
  await tell(creator, mara, 'lora.training.completed', ready);
  await page.goto(paths.notifications());
  const name = 'Dismiss “Mara is ready”';

  // The server's answers are held back while the older one arrives.
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const isAction = (request: { method(): string }) => request.method() === 'POST';
  await page.route('**/notifications', async (route) => {
    if (isAction(route.request())) await held;
    await route.continue();
  });
  await page.getByRole('button', { name }).click();
  await expect(rows(page)).toHaveCount(0);
  const older = page.waitForResponse((answer) => answer.url().endsWith('/api/notifications'));
  await page.evaluate(() => window.dispatchEvent(new Event('focus')));
  await older;
  await expect(rows(page)).toHaveCount(0);
  await expectUnread(page, 0);
  const dismissed = page.waitForResponse((answer) => isAction(answer.request()));
  release();
  await page.unrouteAll({ behavior: 'wait' });
  await dismissed;
  const undone = page.waitForResponse((answer) => isAction(answer.request()));
  await page.getByRole('button', { name: 'Undo' }).click();
  await undone;
  await expect(rows(page)).toHaveCount(1);

  await page.route('**/notifications', (route) =>
    isAction(route.request()) ? route.abort() : route.continue(),
  );
  await page.getByRole('button', { name }).click();
  await expect(page.getByText("Couldn't dismiss. Try again.")).toBeVisible();
  await expect(rows(page)).toHaveCount(1);
  await expectUnread(page, 1);
});

test('when it cannot be loaded, what is known stays and can be asked for again', async ({
  page,
  creator,
}) => {
  await tellOften(creator, 3);
  await page.goto(paths.notifications());
  await expectUnread(page, 3);
  await page.route('**/api/notifications', (route) => route.abort());
  await page.evaluate(() => window.dispatchEvent(new Event('focus')));
  await expect(page.getByText("Couldn't load notifications.")).toBeVisible({ timeout: 20_000 });
  await expectUnread(page, 3);
  await expect(rows(page)).toHaveCount(3);
  await page.unroute('**/api/notifications');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByText("Couldn't load notifications.")).toHaveCount(0);
});

test('by keyboard alone', async ({ page, creator }) => {
  const mara = await creator.influencer({ name: 'Mara', images: 5, stored: false });
  await tell(creator, mara, 'lora.retrain.available', { count: 3 });
  await tell(creator, mara, 'lora.model.expired', {});
  await tell(creator, mara, 'lora.training.completed', ready);
  await page.goto(paths.influencers());
  await expectUnread(page, 3);
  await bell(page).focus();
  await page.keyboard.press('Enter');
  const panel = panelOf(page);
  await expect(link(panel, 'Mara is ready')).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(panel.getByRole('button', { name: 'Mark all as read' })).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(link(panel, 'Mara is ready')).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(panel.getByRole('button', { name: 'Dismiss “Mara is ready”' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(link(panel, 'Mara’s model was removed')).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(link(panel, 'Improve your model')).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  // The last one is gone: the way back has the focus.
  await expect(panel.getByRole('button', { name: 'Undo' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(link(panel, 'Improve your model')).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(panel).toBeHidden();
  await expect(bell(page)).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(link(panel, 'Improve your model')).toBeVisible();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await expect(link(panel, 'Improve your model')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(new RegExp(`${mara.id}/settings`));
});

test('looks, on a phone and in both themes', async ({ page, creator }) => {
  await page.goto(paths.notifications());
  await expect(page.getByRole('heading', { name: 'Nothing new' })).toBeVisible();
  await expectGoodLooks(page, 'notifications-empty');
  await bell(page).click();
  await expect(panelOf(page)).toContainText(
    "Nothing new. We'll tell you here when a training ends.",
  );
  await expectGoodLooks(page, 'notifications-bell-0');

  const long = await creator.influencer({
    name: 'Wilhelmina'.repeat(6),
    images: 5,
    stored: false,
  });
  await tell(creator, long, 'lora.training.completed', ready);
  const right = await creator.influencer({ name: 'مارا سعيد', images: 5, stored: false });
  await tell(creator, right, 'lora.training.failed', {
    reason: 'IMAGES_UNREADABLE',
    releasedCredits: 22_000,
    freeRetry: false,
  });
  const emoji = await creator.influencer({ name: '🦊 Mara', images: 5, stored: false });
  await tell(creator, emoji, 'lora.retrain.available', { count: 3 });
  await page.goto(paths.notifications());
  await expectUnread(page, 3);
  await expectGoodLooks(page, 'notifications-full');
  await bell(page).click();
  await expect(rows(panelOf(page))).toHaveCount(3);
  await expectGoodLooks(page, 'notifications-bell-3');

  await tellOften(creator, 117);
  await page.goto(paths.notifications());
  await expectUnread(page, 120);
  await expect(bell(page)).toHaveText('99+');
  await page.getByRole('button', { name: 'Dismiss all' }).click();
  await expect(page.getByRole('alertdialog')).toBeVisible();
  await expectGoodLooks(page, 'notifications-99-dismiss-all');
});
