import type { Locator, Page } from '@playwright/test';
import sharp from 'sharp';
import { db } from '../lib/db.ts';
import { paths } from '../lib/paths.ts';
import {
  type Creator,
  expect,
  expectAccessible,
  expectNoSidewaysScroll,
  openImageSheet,
  openSettings,
  sheetImage,
  test,
} from './fixtures.ts';

test.use({ contextOptions: { reducedMotion: 'no-preference' } });

const full = '50 is the most for one training. Remove one first.';
const saved = (page: Page) => page.getByText('Saved', { exact: true }).first();

/** An influencer whose thumbnails are made here: a thousand of them need not lie in the store. */
async function manyImages(page: Page, creator: Creator, images: number, liked = 0) {
  const thumbnail = await sharp({
    create: { width: 384, height: 480, channels: 3, background: '#a98' },
  })
    .webp()
    .toBuffer();
  await page.route('**/api/images/*', (route) =>
    route.fulfill({ contentType: 'image/webp', body: thumbnail }),
  );
  return creator.influencer({ name: 'Mara', images, liked, stored: false });
}

/** It lies whole between the header and the footer that stay in sight. */
async function expectUncovered(page: Page, element: Locator): Promise<void> {
  await expect(element).toBeInViewport({ ratio: 1 });
  const footer = page.getByText(/^Selected: |selected for training/).last();
  const covered = async () => {
    const [box, bar] = await Promise.all([element.boundingBox(), footer.boundingBox()]);
    return box && bar ? box.y + box.height > bar.y : null;
  };
  await expect.poll(covered).toBe(false);
}

test('choosing by keyboard alone, with hearts, the large view and a caption', async ({
  page,
  creator,
}) => {
  const mara = await creator.influencer({ name: 'Mara', images: 12, liked: 3 });
  await openSettings(page, mara);
  await page.getByRole('button', { name: 'Select none' }).focus();
  await page.keyboard.press('Enter');
  const sheet = page.getByRole('grid', { name: 'Images for training' });
  await expect(sheet).toBeVisible();
  const selected = sheet.getByRole('row', { selected: true });
  await expect(selected).toHaveCount(0);
  await expect(page.getByText('Selected: 0/5 minimum', { exact: true })).toBeVisible();

  // One stop for the whole sheet; arrows go from image to image, up and down too.
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await expect(sheetImage(page, 1)).toBeFocused();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await expect(sheetImage(page, 3)).toBeFocused();
  await page.keyboard.press('Space');
  await expect(sheetImage(page, 3)).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('Shift+ArrowRight');
  await expect(selected).toHaveCount(4);
  await expect(
    page.getByRole('status').getByText('Selected: 4/5 minimum. Add 1 more image.'),
  ).toBeAttached();
  await page.keyboard.press('Shift+ArrowLeft');
  await expect(selected).toHaveCount(3);
  await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('Escape');
  await expect(selected).toHaveCount(4);
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await expect(selected).toHaveCount(5);
  await expect(
    page.getByRole('status').getByText('5 images selected. You can start training.'),
  ).toBeAttached();
  await expect(page.getByText('5 images selected for training · 20,000 credits')).toBeVisible();
  await expect(page.getByText('Image 7 selected. 5 items selected.').first()).toBeAttached();
  await page.keyboard.press('Control+a');
  await expect(selected).toHaveCount(12);
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowDown');
  await expect(sheetImage(page, 9)).toBeFocused();
  await expectUncovered(page, sheetImage(page, 9));
  await expectAccessible(page);

  // The image's own controls, then out of the sheet.
  await page.keyboard.press('Tab');
  await expect(page.getByRole('checkbox', { name: 'Select image 9' })).toBeFocused();
  await page.keyboard.press('Space');
  await expect(selected).toHaveCount(11);
  await page.keyboard.press('Tab');
  const heart = page.getByRole('button', { name: 'Like image 9' });
  await expect(heart).toBeFocused();
  await page.keyboard.press('Space');
  await expect(heart).toHaveAttribute('aria-pressed', 'true');
  await expect(selected).toHaveCount(11);
  await expect(page.getByRole('row', { name: 'Image 9 profile set, liked' })).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: 'Enlarge image 9' })).toBeFocused();
  await page.keyboard.press('Enter');

  await test.step('the large view', async () => {
    const view = page.getByRole('dialog', { name: 'Image 9' });
    await expect(view).toBeVisible();
    await expectAccessible(page);
    await page.keyboard.press('Space');
    await expect(view.getByRole('button', { name: 'Select image 9' })).toHaveAttribute(
      'aria-pressed',
      'true',
    );
    await page.keyboard.press('ArrowRight');
    const next = page.getByRole('dialog', { name: 'Image 10' });
    await expect(next).toBeVisible();
    await page.keyboard.press('l');
    await expect(next.getByRole('button', { name: 'Like image 10' })).toHaveAttribute(
      'aria-pressed',
      'true',
    );
    await page.keyboard.press('+');
    await expect(next.getByRole('region', { name: 'Image 10, 1.5 times as large' })).toBeVisible();
    await page.keyboard.press('-');

    const caption = next.getByLabel('Caption');
    await caption.focus();
    await page.keyboard.press('Control+a');
    await page.keyboard.type('all of ohwx in rain, left to right');
    // While a caption is typed the keys are letters.
    await page.keyboard.press('ArrowLeft');
    await expect(next).toBeVisible();
    await expect(next.getByText('Not saved yet')).toBeVisible();
    await page.keyboard.press('Control+Enter');
    await expect(next.getByText('Saved', { exact: true })).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(next).toBeHidden();
  });

  // Back on the image that was shown last, not on the one that was enlarged.
  await expect(sheetImage(page, 10)).toBeFocused();
  await expect(selected).toHaveCount(12);
  const row = () => db().characterImage.findFirst({ where: { characterId: mara.id, number: 10 } });
  await expect
    .poll(row)
    .toMatchObject({ caption: 'all of ohwx in rain, left to right', likedAt: expect.any(Date) });
});

test.describe('under a finger', () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  test('choosing, liking and enlarging', async ({ page, creator }) => {
    const mara = await creator.influencer({ name: 'Mara', images: 12, liked: 6 });
    await openSettings(page, mara);
    await page.getByRole('button', { name: 'Select none' }).tap();
    const sheet = page.getByRole('grid', { name: 'Images for training' });
    const selected = sheet.getByRole('row', { selected: true });
    await expect(selected).toHaveCount(0);
    await expectNoSidewaysScroll(page);

    const second = sheetImage(page, 2);
    await second.scrollIntoViewIfNeeded();
    const box = (await second.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    const tick = await page.getByRole('checkbox', { name: 'Select image 2' }).boundingBox();
    const heart = await page.getByRole('button', { name: 'Like image 2' }).boundingBox();
    if (!tick || !heart) throw new Error('tick and heart are there');
    for (const target of [tick, heart]) {
      expect(target.width).toBeGreaterThanOrEqual(44);
      expect(target.height).toBeGreaterThanOrEqual(44);
    }
    expect(heart.x - (tick.x + tick.width)).toBeGreaterThanOrEqual(8);
    // Three across.
    const first = await sheetImage(page, 1).boundingBox();
    const third = await sheetImage(page, 3).boundingBox();
    const fourth = await sheetImage(page, 4).boundingBox();
    expect(third?.y).toBe(first?.y);
    expect(fourth?.x).toBe(first?.x);

    const middle = { x: box.width / 2, y: box.height * 0.4 };
    await second.tap({ position: middle });
    await expect(second).toHaveAttribute('aria-selected', 'true');
    await page.getByRole('checkbox', { name: 'Select image 3' }).tap();
    await expect(selected).toHaveCount(2);
    await page.getByRole('button', { name: 'Like image 8' }).tap();
    await expect(page.getByRole('button', { name: 'Like image 8' })).toHaveAttribute(
      'aria-pressed',
      'true',
    );
    await expect(selected).toHaveCount(2);
    await page.getByRole('button', { name: 'Enlarge image 5' }).tap();
    await expect(page.getByRole('dialog', { name: 'Image 5' })).toBeVisible();
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Close' }).tap();

    // A finger that rests enlarges too, and chooses nothing by letting go.
    await second.scrollIntoViewIfNeeded();
    const place = (await second.boundingBox()) ?? box;
    const touch = { x: place.x + middle.x, y: place.y + middle.y };
    const fingers = await page.context().newCDPSession(page);
    await fingers.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [touch] });
    await expect(page.getByRole('dialog', { name: 'Image 2' })).toBeVisible();
    await fingers.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    await page.getByRole('button', { name: 'Close' }).tap();
    await expect(second).toHaveAttribute('aria-selected', 'true');
    await expect(selected).toHaveCount(2);
  });
});

test('a filter stays in the address and never unselects', async ({ page, creator }) => {
  const mara = await creator.influencer({ name: 'Mara', images: 9, liked: 3 });
  await openSettings(page, mara);
  const sheet = await openImageSheet(page);
  const filter = (name: RegExp) =>
    page.getByRole('group', { name: 'Show' }).getByRole('button', { name });
  for (const [name, count] of [
    [/^All/, 9],
    [/^Liked/, 3],
    [/^Profile set/, 9],
    [/^Chosen/, 9],
  ] as const) {
    await expect(filter(name)).toContainText(String(count));
  }
  // Nothing was trained yet: all are new, so it is not offered.
  await expect(filter(/^New since last training/)).toHaveCount(0);

  await filter(/^Liked/).click();
  await expect(filter(/^Liked/)).toHaveAttribute('aria-pressed', 'true');
  await expect(page).toHaveURL(/show=liked/);
  await expect(sheet.getByRole('row')).toHaveCount(3);
  await expect(page.getByText('9 images chosen, 6 hidden by this filter.')).toBeVisible();
  await sheetImage(page, 1).click();
  await expect(page.getByText('8 images selected for training · 23,000 credits')).toBeVisible();
  await expect(page.getByText('8 images chosen, 6 hidden by this filter.')).toBeVisible();
  await expect(saved(page)).toBeVisible();

  await page.reload();
  await openImageSheet(page);
  await expect(sheet.getByRole('row')).toHaveCount(3);
  await expect(page.getByText('8 images selected for training · 23,000 credits')).toBeVisible();

  // Everything this filter shows, and what it hides stays.
  await page.getByRole('button', { name: 'Select all' }).click();
  await expect(page.getByText('9 images selected for training · 24,000 credits')).toBeVisible();
  await page.getByRole('button', { name: 'Select liked' }).click();
  await expect(page.getByText('Selected: 3/5 minimum', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Select none' }).click();
  await filter(/^Chosen/).click();
  await expect(page.getByText('No image is chosen.')).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Show all' }).click();
  await expect(sheet.getByRole('row')).toHaveCount(9);
  await expect(page).not.toHaveURL(/show=/);

  await page.goto(`${paths.settings(mara.id)}?show=new`);
  await openImageSheet(page);
  await expect(filter(/^New since last training/)).toHaveAttribute('aria-pressed', 'true');
  await expect(sheet.getByRole('row')).toHaveCount(9);
});

test('a range with Shift, and what it would take in', async ({ page, creator }) => {
  const mara = await creator.influencer({ name: 'Mara', images: 12 });
  await openSettings(page, mara);
  const sheet = await openImageSheet(page);
  await page.getByRole('button', { name: 'Select none' }).click();
  const selected = sheet.getByRole('row', { selected: true });
  await sheetImage(page, 3).click();
  await page.keyboard.down('Shift');
  await sheetImage(page, 7).hover();
  const hinted = sheet.locator('[data-hinted]');
  await expect(hinted).toHaveCount(5);
  await sheetImage(page, 5).hover();
  await expect(hinted).toHaveCount(3);
  await expect(selected).toHaveCount(1);
  await sheetImage(page, 7).click();
  await page.keyboard.up('Shift');
  await expect(hinted).toHaveCount(0);
  await expect(selected).toHaveCount(5);
  for (const number of [3, 4, 5, 6, 7]) {
    await expect(sheetImage(page, number)).toHaveAttribute('aria-selected', 'true');
  }
});

test('the 51st image is refused with a sentence', async ({ page, creator }) => {
  const mara = await manyImages(page, creator, 60);
  await openSettings(page, mara);
  const sheet = await openImageSheet(page);
  const selected = sheet.getByRole('row', { selected: true });
  // Chosen beforehand: the first 50.
  await expect(selected).toHaveCount(50);
  await expect(page.getByRole('row', { name: new RegExp(`^Image 51 .*${full}$`) })).toBeVisible();
  await sheetImage(page, 51).click();
  await expect(page.getByRole('alert').filter({ hasText: full })).toBeAttached();
  await expect(sheetImage(page, 51)).toHaveAttribute('aria-selected', 'false');
  await expect(selected).toHaveCount(50);
  await expectAccessible(page);

  await sheetImage(page, 2).click();
  await sheetImage(page, 51).click();
  await expect(sheetImage(page, 51)).toHaveAttribute('aria-selected', 'true');
  // In order, whatever was chosen before: the first 50 again.
  await page.keyboard.press('Control+a');
  await expect(sheetImage(page, 51)).toHaveAttribute('aria-selected', 'false');
  await expect(sheetImage(page, 2)).toHaveAttribute('aria-selected', 'true');
  await expect(selected).toHaveCount(50);

  // A range takes what there is room for, from where it began.
  await page.getByRole('button', { name: 'Select none' }).click();
  await sheetImage(page, 5).click();
  await sheetImage(page, 60).click({ modifiers: ['Shift'] });
  await expect(selected).toHaveCount(50);
  await expect(sheetImage(page, 54)).toHaveAttribute('aria-selected', 'true');
  await expect(sheetImage(page, 55)).toHaveAttribute('aria-selected', 'false');
});

test('a thousand images: all in reach, a window of them in the page', async ({ page, creator }) => {
  const mara = await manyImages(page, creator, 1_000, 20);
  await openSettings(page, mara);
  const sheet = await openImageSheet(page);
  await expect(sheet).toHaveAttribute('aria-rowcount', '1000');
  const rows = sheet.getByRole('row');
  expect(await rows.count()).toBeLessThan(150);

  await sheetImage(page, 8).click();
  await page.keyboard.press('End');
  const last = sheetImage(page, 1_000);
  await expect(last).toBeFocused();
  await expect(last).toHaveAttribute('aria-rowindex', '1000');
  await expectUncovered(page, last);
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Space');
  await expect(page.getByText('20 images selected for training · 35,000 credits')).toBeVisible();
  await page.keyboard.press('Home');
  await expect(sheetImage(page, 1)).toBeFocused();
  await expectUncovered(page, sheetImage(page, 1));

  // From the first straight to the last, and the focus is there when it closes.
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog', { name: 'Image 1', exact: true })).toBeVisible();
  await page.keyboard.press('ArrowLeft');
  await expect(page.getByRole('dialog', { name: 'Image 1000' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(last).toBeFocused();
  await expectUncovered(page, last);

  // However far it is scrolled there are rows in sight, and never many; `npm run bench` times it.
  await page.evaluate(() => scrollTo(0, 0));
  await page.mouse.move(600, 500);
  for (let gone = 0; gone < 12_000; gone += 1_200) {
    await page.mouse.wheel(0, 1_200);
    await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(gone);
    await expect(rows.filter({ visible: true }).first()).toBeAttached();
    expect(await rows.count()).toBeLessThan(150);
  }
});

test('thumbnails that fail say so one by one and can be tried again', async ({ page, creator }) => {
  const mara = await creator.influencer({ name: 'Mara', images: 6, stored: false });
  await openSettings(page, mara);
  const sheet = await openImageSheet(page);
  await expect(sheet.getByText("Didn't load")).toHaveCount(6);
  await expectAccessible(page);
  await page.route('**/api/images/*', async (route) =>
    route.fulfill({
      contentType: 'image/png',
      body: await sharp({ create: { width: 4, height: 5, channels: 3, background: '#a98' } })
        .png()
        .toBuffer(),
    }),
  );
  await page.getByRole('button', { name: 'Try again to load image 2' }).click();
  await expect(sheet.getByText("Didn't load")).toHaveCount(5);
  await expect(sheetImage(page, 2)).toHaveAttribute('aria-selected', 'true');
});

test('the chosen images as a list: removing, undoing', async ({ page, creator }) => {
  const mara = await creator.influencer({ name: 'Mara', images: 7 });
  await openSettings(page, mara);
  await page.getByRole('button', { name: 'Show chosen images' }).click();
  const list = page.getByRole('dialog', { name: 'Chosen images' });
  await expect(list.getByRole('listitem')).toHaveCount(7);
  await expectAccessible(page);
  await list.getByRole('button', { name: 'Remove image 3' }).click();
  await expect(list.getByRole('status')).toHaveText('Image 3 removed. 6 images chosen.');
  await expect(list.getByRole('button', { name: 'Remove image 4' })).toBeFocused();
  await list.getByRole('button', { name: 'Undo' }).click();
  await expect(list.getByRole('listitem')).toHaveCount(7);
  await expect(list.getByRole('button', { name: 'Remove image 3' })).toBeFocused();
  await list.getByRole('button', { name: 'Remove image 7' }).click();
  await expect(list.getByRole('button', { name: 'Remove image 6' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(page.getByText('6 images selected for training · 21,000 credits')).toBeVisible();
});

test('a heart that is refused returns and says so; without a connection it waits', async ({
  page,
  context,
  creator,
}) => {
  const mara = await creator.influencer({ name: 'Mara', images: 6 });
  await openSettings(page, mara);
  await openImageSheet(page);
  const heart = page.getByRole('button', { name: 'Like image 4' });
  const address = `**${paths.settings(mara.id)}*`;
  await page.route(address, (route) =>
    route.request().method() === 'POST' ? route.fulfill({ status: 500 }) : route.continue(),
  );
  await heart.click();
  await expect(heart).toHaveAttribute('aria-pressed', 'false');
  await expect(page.getByRole('alert').filter({ hasText: "Couldn't like image 4." })).toBeVisible();
  await expect(sheetImage(page, 4).getByText("Couldn't like", { exact: true })).toBeVisible();
  await page.unroute(address);

  await context.setOffline(true);
  await heart.click();
  await expect(heart).toHaveAttribute('aria-pressed', 'true');
  await context.setOffline(false);
  await expect
    .poll(() =>
      db().characterImage.count({ where: { characterId: mara.id, likedAt: { not: null } } }),
    )
    .toBe(1);

  // However often it is pressed, it ends as the last press left it.
  for (let press = 0; press < 9; press += 1) await heart.click();
  await expect(heart).toHaveAttribute('aria-pressed', 'false');
  await expect
    .poll(() =>
      db().characterImage.count({ where: { characterId: mara.id, likedAt: { not: null } } }),
    )
    .toBe(0);
});

test('two tabs with different selections: the last one saved is what both find', async ({
  page,
  context,
  creator,
}) => {
  const mara = await creator.influencer({ name: 'Mara', images: 8 });
  const other = await context.newPage();
  for (const tab of [page, other]) {
    await openSettings(tab, mara);
    await openImageSheet(tab);
  }
  await page.getByRole('checkbox', { name: 'Select image 1' }).uncheck();
  await expect(saved(page)).toBeVisible();
  await other.getByRole('checkbox', { name: 'Select image 7' }).uncheck();
  await other.getByRole('checkbox', { name: 'Select image 8' }).uncheck();
  await expect(saved(other)).toBeVisible();
  for (const tab of [page, other]) {
    await expect(async () => {
      await tab.reload();
      const line = tab.getByText('6 images selected for training · 21,000 credits');
      await expect(line).toBeVisible({ timeout: 3_000 });
    }).toPass();
    await openImageSheet(tab);
    await expect(sheetImage(tab, 1)).toHaveAttribute('aria-selected', 'true');
    await expect(sheetImage(tab, 8)).toHaveAttribute('aria-selected', 'false');
  }
});

test('the sheet comes without a jump and breaks no rule of the page', async ({ page, creator }) => {
  const mara = await creator.influencer({ name: 'Mara', images: 12, liked: 2 });
  await page.addInitScript(() => {
    const seen: string[] = [];
    Object.assign(window, { seen });
    addEventListener('securitypolicyviolation', (event) => seen.push(event.violatedDirective));
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        if ('value' in entry && Number(entry.value) > 0.001) seen.push(`shift ${entry.value}`);
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
  // The server sends the prints; the grid takes their places.
  const sent = await (await page.request.get(paths.settings(mara.id))).text();
  for (const { id } of mara.images) expect(sent).toContain(`<li data-key="${id}"`);
  expect(sent).not.toContain('role="grid"');

  await openSettings(page, mara);
  const sheet = await openImageSheet(page);
  await expect(page.getByRole('list', { name: 'Images for training' })).toBeHidden();
  await expect(sheet.getByRole('row')).toHaveCount(12);
  await sheetImage(page, 2).click();
  await expect(sheetImage(page, 2)).toHaveAttribute('aria-selected', 'false');
  expect(await page.evaluate(() => Reflect.get(window, 'seen'))).toEqual([]);
});
