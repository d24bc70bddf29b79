import { randomBytes } from 'node:crypto';
import type { Page, Request, Route } from '@playwright/test';
import { db } from '../lib/db.ts';
import { paths } from '../lib/paths.ts';
import {
  type Creator,
  expect,
  expectAccessible,
  expectNoSidewaysScroll,
  expectUploads,
  type PickedFile,
  panel,
  test,
  upload,
  uploadRow,
} from './fixtures.ts';
import { expectGoodLooks } from './good-looks.ts';
import { animation, photo, photos } from './pictures.ts';

const toTheStore = /\/incoming\//;

/** A photograph of more than two parts: behind a picture's end a file may hold anything. */
async function largePhoto(name: string): Promise<PickedFile> {
  const picture = await photo(name, 'jpeg', { width: 640, height: 800 });
  return { ...picture, buffer: Buffer.concat([picture.buffer, randomBytes(11_000_000)]) };
}

async function openProfileSet(page: Page, creator: Creator): Promise<string> {
  const { id } = await creator.influencer({ name: 'Mara', images: 0, profileSetComplete: false });
  await page.goto(paths.wizard(id, 'images'));
  await expect(page.getByLabel('Choose images')).toBeAttached();
  return id;
}

/** The parts, or whole files, that the store has taken, in order. */
function watchStore(page: Page): string[] {
  const taken: string[] = [];
  page.on('requestfinished', async (request: Request) => {
    if (request.method() !== 'PUT' || !toTheStore.test(request.url())) return;
    const answer = await request.response();
    if (answer?.ok()) taken.push(new URL(request.url()).searchParams.get('partNumber') ?? 'whole');
  });
  return taken;
}

const isPart = (route: Route, number: number) =>
  new URL(route.request().url()).searchParams.get('partNumber') === String(number);

/**
 * The second part never ends, the first time it is sent. The route stays: to take it away would let
 * the part that it holds go on, in a race with the reload.
 */
async function holdPartTwo(page: Page): Promise<{ untilHeld(): Promise<void> }> {
  let held = false;
  await page.route(toTheStore, (route) => {
    if (held || !isPart(route, 2)) return route.continue();
    held = true;
  });
  // Else it would be held after the reload, for ever.
  return { untilHeld: () => expect.poll(() => held).toBe(true) };
}

/** What the store would say, as a page of ours may read it. */
async function answerAsStore(
  route: Route,
  status: number,
  code: string,
  headers: Record<string, string> = {},
): Promise<void> {
  await route.fulfill({
    status,
    contentType: 'application/xml',
    headers: {
      'access-control-allow-origin': new URL(route.request().headers().origin ?? '').origin,
      'access-control-expose-headers': 'ETag, Retry-After',
      ...headers,
    },
    body: `<Error><Code>${code}</Code></Error>`,
  });
}

test('a large file goes in parts; a connection cut in the middle costs one of them', async ({
  page,
  context,
  creator,
}) => {
  await openProfileSet(page, creator);
  const taken = watchStore(page);
  let cut = false;
  await page.route(toTheStore, async (route) => {
    if (cut || !isPart(route, 2)) return route.continue();
    cut = true;
    await context.setOffline(true);
    await route.abort('internetdisconnected');
  });
  await upload(page, [await largePhoto('beach')]);
  const row = uploadRow(page, 'beach.jpg');
  await expect(row).toContainText('Waiting for a connection');
  await expectUploads(page, '0 of 1 uploaded');
  await expect.poll(() => taken).toEqual(['1']);
  await context.setOffline(false);
  await expect(row).toContainText('Uploaded, image 1', { timeout: 30_000 });
  await expect.poll(() => taken).toEqual(['1', '2', '3']);
  await expect(page.getByRole('button', { name: 'Open image 1' })).toBeVisible();
});

test('a page reloaded in the middle of an upload goes on by itself', async ({ page, creator }) => {
  await openProfileSet(page, creator);
  page.on('dialog', (dialog) => dialog.accept());
  const taken = watchStore(page);
  const partTwo = await holdPartTwo(page);
  await upload(page, [await largePhoto('harbour')]);
  await expect.poll(() => taken).toEqual(['1']);
  await partTwo.untilHeld();
  await page.reload();
  await expect(uploadRow(page, 'harbour.jpg')).toContainText('Uploaded, image 1', {
    timeout: 30_000,
  });
  await expect.poll(() => taken).toEqual(['1', '2', '3']);
  const images = await db().characterImage.findMany({ where: { userId: creator.id } });
  expect(images).toMatchObject([{ state: 'ready', number: 1, uploadId: null }]);

  // What has ended is not there after the next load.
  await page.reload();
  await expect(page.getByRole('button', { name: 'Open image 1' })).toBeVisible();
  await expect(panel(page, 'Uploads')).toBeHidden();
});

test('where the browser gave up the file, it is asked for and goes on', async ({
  page,
  creator,
}) => {
  await openProfileSet(page, creator);
  page.on('dialog', (dialog) => dialog.accept());
  const taken = watchStore(page);
  const partTwo = await holdPartTwo(page);
  const file = await largePhoto('island');
  await upload(page, [file]);
  await expect.poll(() => taken).toEqual(['1']);
  await partTwo.untilHeld();
  await forgetFiles(page);
  await page.reload();
  const row = uploadRow(page, 'island.jpg');
  await expect(row).toContainText('Choose the file again to go on');
  await expectUploads(page, '0 of 1 uploaded, 1\u00a0needs attention');
  await expect(panel(page, 'Uploads')).toContainText('kept for 24 hours');
  await expectAccessible(page);

  const chooser = page.waitForEvent('filechooser');
  await row.getByRole('button', { name: 'Choose island.jpg again' }).click();
  await (await chooser).setFiles(file);
  await expect(row).toContainText('Uploaded, image 1', { timeout: 30_000 });
  await expect.poll(() => taken).toEqual(['1', '2', '3']);
  expect(await db().characterImage.count({ where: { userId: creator.id } })).toBe(1);
});

/** Takes the files out of the browser's database, as a browser does that is short of room. */
async function forgetFiles(page: Page): Promise<void> {
  await page.evaluate(
    () =>
      new Promise<void>((resolve, reject) => {
        const open = indexedDB.open('likeness-uploads');
        open.onerror = () => reject(open.error);
        open.onsuccess = () => {
          const transaction = open.result.transaction('uploads', 'readwrite');
          const store = transaction.objectStore('uploads');
          const keys = store.getAllKeys();
          keys.onsuccess = () => {
            for (const key of keys.result) {
              if (String(key).startsWith('file:')) store.delete(key);
            }
          };
          transaction.oncomplete = () => {
            open.result.close();
            resolve();
          };
        };
      }),
  );
}

test('a link that ran out is signed again, once, and nothing is said of it', async ({
  page,
  creator,
}) => {
  await openProfileSet(page, creator);
  let refusals = 1;
  await page.route(toTheStore, async (route) => {
    if (refusals === 0) return route.continue();
    refusals -= 1;
    await answerAsStore(route, 403, 'AccessDenied');
  });
  const [first, second] = await photos(2, 'link');
  if (!first || !second) throw new Error('two photographs');
  await upload(page, [first]);
  await expect(uploadRow(page, first.name)).toContainText('Uploaded, image 1');

  refusals = 2;
  await upload(page, [second]);
  const row = uploadRow(page, second.name);
  await expect(row).toContainText("Couldn't upload.");
  await row.getByRole('button', { name: `Try again to upload ${second.name}` }).click();
  await expect(row).toContainText('Uploaded, image 2');
});

test('a busy store is given the rest it asks for; two failures can be tried again at once', async ({
  page,
  creator,
}) => {
  await openProfileSet(page, creator);
  let answer: 'busy' | 'refused' | null = 'busy';
  await page.route(toTheStore, async (route) => {
    if (answer === null) return route.continue();
    if (answer === 'refused') return answerAsStore(route, 400, 'InvalidRequest');
    answer = null;
    await answerAsStore(route, 503, 'SlowDown', { 'retry-after': '2' });
  });
  const [first, ...others] = await photos(3, 'store');
  if (!first) throw new Error('three photographs');
  await upload(page, [first]);
  const row = uploadRow(page, first.name);
  await expect(row).toContainText('Storage is busy, trying again');
  await expect(row).toContainText('Uploaded, image 1');

  answer = 'refused';
  await upload(page, others);
  await expectUploads(page, '1 of 3 uploaded, 2\u00a0need attention');
  await expect(page.getByRole('log', { name: 'Upload problems' })).toContainText(
    `${others[0]?.name}: Couldn't upload.`,
  );
  answer = null;
  await page.getByRole('button', { name: 'Try all again' }).click();
  await expectUploads(page, '3 of 3 uploaded');
});

test('a picture that is here is not sent again, and is shown', async ({ page, creator }) => {
  await openProfileSet(page, creator);
  const taken = watchStore(page);
  const [file] = await photos(1, 'twice');
  if (!file) throw new Error('a photograph');
  await upload(page, [file, { ...file, name: 'copy.jpg' }]);
  await expect(uploadRow(page, 'copy.jpg')).toContainText('Already here, as image 1');
  await expect.poll(() => taken).toEqual(['whole']);
  await page.reload();
  await upload(page, [{ ...file, name: 'later.jpg' }]);
  await expect(uploadRow(page, 'later.jpg')).toContainText('Already here, as image 1');
  await expect.poll(() => taken).toEqual(['whole']);
  await page.getByRole('button', { name: 'Show image 1' }).click();
  await expect(page.getByRole('button', { name: 'Open image 1' })).toBeFocused();
});

test('what is no picture of ours is told by its bytes and never sent', async ({
  page,
  creator,
}) => {
  await openProfileSet(page, creator);
  const asked: string[] = [];
  page.on('request', (request) => {
    if (request.method() === 'POST' && /\/images$/.test(request.url())) asked.push(request.url());
  });
  const png = await photo('painting', 'png');
  const wide = Buffer.from(png.buffer);
  wide.writeUInt32BE(10_000, 16);
  wide.writeUInt32BE(5_001, 20);
  await upload(page, [
    { ...(await animation('dance', 'gif')), name: 'dance.jpg', mimeType: 'image/jpeg' },
    { name: 'letter.png', mimeType: 'image/png', buffer: Buffer.from('Dear Mara') },
    { name: 'wall.png', mimeType: 'image/png', buffer: wide },
    { name: 'huge.jpg', mimeType: 'image/jpeg', buffer: Buffer.alloc(20_000_001, 1) },
  ]);
  const unreadable = 'Not an image we can read (JPEG, PNG, WebP, HEIC).';
  await expect(uploadRow(page, 'dance.jpg')).toContainText(unreadable);
  await expect(uploadRow(page, 'letter.png')).toContainText(unreadable);
  await expect(uploadRow(page, 'wall.png')).toContainText('Too large: more than 50 megapixels.');
  await expect(uploadRow(page, 'huge.jpg')).toContainText('Too large: 20 MB, the limit is 20 MB.');
  await expectUploads(page, '0 of 4 uploaded, 4\u00a0need attention');
  expect(asked).toEqual([]);

  // A picture under another ending is a picture.
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Choose another file for dance.jpg' }).click();
  await (await chooser).setFiles({ ...png, name: 'painting.jpg', mimeType: 'image/jpeg' });
  await expect(uploadRow(page, 'painting.jpg')).toContainText('Uploaded, image 1');
  await expect(uploadRow(page, 'dance.jpg')).toHaveCount(0);
});

test('a picture too small to train on is kept for looking at, or removed', async ({
  page,
  creator,
}) => {
  const characterId = await openProfileSet(page, creator);
  const size = { width: 480, height: 360 };
  await upload(page, [
    await photo('small-one', 'jpeg', size),
    await photo('small-two', 'jpeg', size),
  ]);
  const small = 'Uploaded, but too small to train on (480 × 360 px)';
  await expect(uploadRow(page, 'small-one.jpg')).toContainText(small);
  await expect(uploadRow(page, 'small-two.jpg')).toContainText(small);
  await expectUploads(page, '2 of 2 uploaded, 2\u00a0need attention');
  await expect(page.getByText(/^0\simages in the profile set$/)).toBeVisible();
  await expectAccessible(page);

  await page.getByRole('button', { name: 'Keep image 1 for the gallery' }).click();
  await expect(uploadRow(page, 'small-one.jpg')).toContainText('Uploaded, image 1');
  await page.getByRole('button', { name: 'Remove image 2' }).click();
  await expect(uploadRow(page, 'small-two.jpg')).toHaveCount(0);
  const sheet = page.getByRole('list', { name: 'Profile set' });
  await expect(sheet.getByRole('listitem')).toHaveCount(1);
  await expect(sheet).toContainText('too small');
  const images = () => db().characterImage.findMany({ where: { characterId, state: 'ready' } });
  await expect.poll(images).toMatchObject([{ number: 1, inProfileSet: false }]);
});

test('four hundred files: four are sent, the first fifty are taken up, the rest waits', async ({
  page,
  creator,
}) => {
  const characterId = await openProfileSet(page, creator);
  const held: Route[] = [];
  await page.route(toTheStore, (route) => void held.push(route));
  const base = await photo('many', 'jpeg', { width: 64, height: 80 });
  const files = Array.from({ length: 400 }, (_, index) => ({
    name: `IMG_${1_000 + index}.jpg`,
    mimeType: 'image/jpeg',
    buffer: Buffer.concat([base.buffer, randomBytes(8)]),
  }));
  await upload(page, files);
  const list = panel(page, 'Uploads');
  await expect(list.getByRole('listitem')).toHaveCount(400);
  await expect.poll(() => held.length).toBe(4);
  await expect(list.getByText('Waiting', { exact: true })).toHaveCount(350);
  await expect(list.getByText('Up next', { exact: true })).toHaveCount(46);
  await expectUploads(page, '0 of 400 uploaded');

  await uploadRow(page, 'IMG_1000.jpg')
    .getByRole('button', { name: 'Cancel the upload of IMG_1000.jpg' })
    .click();
  await expect(list.getByRole('listitem')).toHaveCount(399);
  await expect.poll(() => held.length).toBe(5);
  await expect
    .poll(() => db().characterImage.count({ where: { characterId, fileName: 'IMG_1000.jpg' } }))
    .toBe(0);
});

test('leaving the page inside the application stops nothing', async ({ page, creator }) => {
  await openProfileSet(page, creator);
  const held: Route[] = [];
  await page.route(toTheStore, (route) => void held.push(route));
  const [file] = await photos(1, 'walk');
  if (!file) throw new Error('a photograph');
  await upload(page, [file]);
  await expect.poll(() => held.length).toBe(1);
  await expect(uploadRow(page, file.name)).toContainText('%');
  await page.getByRole('link', { name: 'Likeness, your influencers' }).click();
  await expect(page.getByRole('heading', { name: 'Influencers', level: 1 })).toBeVisible();
  const chip = page.getByRole('link', { name: '0 of 1 uploaded' });
  await expect(chip).toBeVisible();
  await expectAccessible(page);
  for (const width of [320, 390, 640, 820]) {
    await page.setViewportSize({ width, height: 844 });
    await expectNoSidewaysScroll(page);
  }

  await chip.click();
  await expect(uploadRow(page, file.name)).toBeVisible();
  await expect(chip).toBeHidden();
  await held[0]?.continue();
  await expect(uploadRow(page, file.name)).toContainText('Uploaded, image 1');
  await expect(page.getByRole('button', { name: 'Open image 1' })).toBeVisible();
});

test('signed out in the middle: the row stays, and goes on after signing in', async ({
  page,
  context,
  creator,
}) => {
  await openProfileSet(page, creator);
  const held: Route[] = [];
  await page.route(toTheStore, (route) => void held.push(route));
  const [file] = await photos(1, 'session');
  if (!file) throw new Error('a photograph');
  await upload(page, [file]);
  await expect.poll(() => held.length).toBe(1);
  await context.clearCookies();
  await held[0]?.continue();
  await page.unroute(toTheStore);
  const row = uploadRow(page, file.name);
  await expect(row).toContainText('Sign in again to go on');
  await expect(row.getByRole('link', { name: 'Sign in' })).toHaveAttribute(
    'href',
    /^\/sign-in\?next=/,
  );
  await creator.signIn(context);
  await page.reload();
  await expect(row).toContainText('Uploaded, image 1');
});

test('signing out leaves no picture in the browser', async ({ page, creator }) => {
  await openProfileSet(page, creator);
  page.on('dialog', (dialog) => dialog.accept());
  const held: Route[] = [];
  await page.route(toTheStore, (route) => void held.push(route));
  const [file] = await photos(1, 'shared');
  if (!file) throw new Error('a photograph');
  await upload(page, [file]);
  await expect.poll(() => held.length).toBe(1);
  await expect.poll(() => storedRecords(page)).toBe(2);
  await page.getByRole('button', { name: /^Account/ }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(/\/sign-in/);
  await expect.poll(() => storedRecords(page)).toBe(0);
});

/** How much the browser's database of uploads holds. */
function storedRecords(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve, reject) => {
        const open = indexedDB.open('likeness-uploads');
        open.onerror = () => reject(open.error);
        open.onsuccess = () => {
          const count = open.result
            .transaction('uploads', 'readonly')
            .objectStore('uploads')
            .count();
          count.onsuccess = () => {
            open.result.close();
            resolve(count.result);
          };
        };
      }),
  );
}

test.describe('every state at once', () => {
  test.use({ hasTouch: true, viewport: { width: 390, height: 844 } });

  test('is read by axe and fits a phone', async ({ page, creator }) => {
    await openProfileSet(page, creator);
    await page.route(toTheStore, async (route) => {
      const bytes = route.request().postDataBuffer()?.length ?? 0;
      if (bytes % 2 === 0) await answerAsStore(route, 503, 'SlowDown', { 'retry-after': '60' });
    });
    const [first] = await photos(1, 'one');
    if (!first) throw new Error('a photograph');
    const even = first.buffer.length % 2 === 0 ? first.buffer : padded(first.buffer);
    const odd = padded(even);
    await upload(page, [
      { ...first, name: 'a-very-long-name-that-a-camera-would-never-write.jpg', buffer: even },
      { ...first, name: 'sending.jpg', buffer: odd },
      { ...first, name: 'up-next.jpg', buffer: padded(odd) },
      { name: 'letter.txt', mimeType: 'text/plain', buffer: Buffer.from('Dear Mara') },
      { name: 'huge.jpg', mimeType: 'image/jpeg', buffer: Buffer.alloc(20_000_001, 1) },
    ]);
    await expect(page.getByText('Storage is busy, trying again')).toBeVisible();
    await expect(page.getByText('Up next')).toBeVisible();
    const bar = page.getByRole('progressbar', { name: 'sending.jpg' });
    await expect(bar).toHaveAttribute('aria-valuetext', /^sending\.jpg, \d+ percent$/);
    await expectGoodLooks(page);
  });
});

function padded(buffer: Buffer): Buffer {
  return Buffer.concat([buffer, Buffer.alloc(1)]);
}

test('the sheet is 3 pictures across on a phone, 5 on a tablet, 8 on a desk', async ({
  page,
  creator,
}) => {
  const { id } = await creator.influencer({
    name: 'Mara',
    images: 9,
    profileSetComplete: false,
  });
  for (const [width, across] of [
    [390, 3],
    [820, 5],
    [1_440, 8],
  ] as const) {
    await page.setViewportSize({ width, height: 900 });
    await page.goto(paths.wizard(id, 'images'));
    const cells = page.getByRole('list', { name: 'Profile set' }).getByRole('listitem');
    await expect(cells).toHaveCount(9);
    const tops = await cells.evaluateAll((items) =>
      items.map((item) => Math.round(item.getBoundingClientRect().top)),
    );
    expect(tops.filter((top) => top === tops[0])).toHaveLength(across);
  }
});

test('a long list that has ended can be read by keyboard, and is cleared', async ({
  page,
  creator,
}) => {
  await openProfileSet(page, creator);
  const files = await Promise.all(
    Array.from({ length: 18 }, (_, index) =>
      photo(`long-${index + 1}`, 'webp', { width: 520, height: 520 }),
    ),
  );
  await upload(page, files);
  // Once to be read, once to be heard.
  await expect(page.getByText('18 of 18 uploaded')).toHaveCount(2, { timeout: 60_000 });
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Clear list' }).press('Enter');
  await expect(panel(page, 'Uploads')).toBeHidden();
  await expect(page.getByLabel('Choose images')).toBeFocused();
});
