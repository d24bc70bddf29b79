import { paths } from '../lib/paths.ts';
import {
  booksOf,
  expect,
  expectProblem,
  expectUnavailable,
  expectUploads,
  openImageSheet,
  openSettings,
  test,
  upload,
  uploadRow,
} from './fixtures.ts';
import { animation, photo, photos } from './pictures.ts';

test('fewer than 5 images cannot be trained on, in the browser and past it', async ({
  page,
  baseURL,
  creator,
}) => {
  const mara = await creator.influencer({ name: 'Mara', images: 6 });
  await openSettings(page, mara);
  await openImageSheet(page);
  await page.getByRole('checkbox', { name: 'Select image 1' }).uncheck();
  await page.getByRole('checkbox', { name: 'Select image 2' }).uncheck();
  await expect(page.getByText('Selected: 4/5 minimum', { exact: true })).toBeVisible();
  await expectUnavailable(
    page.getByRole('button', { name: /^Start training/ }),
    'Add 1 more image to train.',
  );
  await page.getByRole('checkbox', { name: 'Select image 2' }).check();
  await expect(page.getByText('5 images selected for training · 20,000 credits')).toBeVisible();

  const before = await booksOf(creator);
  const answer = await page.request.post(`/api/influencer/${mara.id}/lora/train`, {
    headers: { origin: String(baseURL) },
    data: { imageIds: mara.images.slice(0, 4).map(({ id }) => id), consent: 'self' },
  });
  const problem = await expectProblem(answer, 422, 'TOO_FEW_IMAGES');
  expect(problem).toMatchObject({ details: { missing: 1 } });
  expect(await booksOf(creator)).toEqual(before);
});

test('a bad file gets a sentence of its own; the others go on', async ({ page, creator }) => {
  const { id } = await creator.influencer({ name: 'Mara', images: 0, profileSetComplete: false });
  await page.goto(paths.wizard(id));
  const [first, second, third] = await photos(3, 'good');
  if (!first || !second || !third) throw new Error('three photographs');
  const truncated = await photo('torn');
  await upload(page, [
    first,
    { name: 'letter.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('Dear Mara, '.repeat(500)) },
    await animation('dance', 'gif'),
    { ...(await animation('waltz', 'gif')), name: 'waltz.jpg', mimeType: 'image/jpeg' },
    await animation('jump', 'webp'),
    { ...truncated, buffer: truncated.buffer.subarray(0, truncated.buffer.length / 2) },
    { name: 'huge.jpg', mimeType: 'image/jpeg', buffer: Buffer.alloc(21_000_000, 0xff) },
    { name: 'empty.png', mimeType: 'image/png', buffer: Buffer.alloc(0) },
    second,
    third,
  ]);
  const unreadable = 'Not an image we can read (JPEG, PNG, WebP, HEIC).';
  for (const [fileName, sentence] of [
    ['letter.jpg', unreadable],
    ['dance.gif', unreadable],
    ['waltz.jpg', unreadable],
    ['jump.webp', 'Animated images cannot be trained on.'],
    ['torn.jpg', 'The file is damaged and could not be read to the end.'],
    ['huge.jpg', 'Too large: 21 MB, the limit is 20 MB.'],
    ['empty.png', unreadable],
  ] as const) {
    await expect(uploadRow(page, fileName)).toContainText(sentence);
    await expect(page.getByRole('log', { name: 'Upload problems' })).toContainText(
      `${fileName}: ${sentence}`,
    );
  }
  await expectUploads(page, '3 of 10 uploaded, 7 need attention');
  const set = page.getByRole('list', { name: 'Profile set' }).getByRole('listitem');
  await expect(set).toHaveCount(3);
  await expectUnavailable(
    page.getByRole('button', { name: 'Continue to LoRA training' }),
    'Add 2 more images to go on.',
  );

  await test.step('the same picture twice is one image', async () => {
    await page.getByRole('button', { name: 'Clear list' }).click();
    await upload(page, [{ ...first, name: 'again.jpg' }, ...(await photos(2, 'more'))]);
    await expect(uploadRow(page, 'again.jpg')).toContainText(/Already here, as image \d/);
    await expectUploads(page, '3 of 3 uploaded');
    await expect(set).toHaveCount(5);
    await page.reload();
    await expect(set).toHaveCount(5);
    await page.getByRole('button', { name: 'Continue to LoRA training' }).click();
    await expect(page.getByText('5 images selected for training')).toBeVisible();
  });
});

test('a picture opens for its owner only', async ({ page, browser, creator, stranger }) => {
  const mara = await creator.influencer({ name: 'Mara', images: 1 });
  const address = paths.image(String(mara.images[0]?.id), 'full');
  const own = await page.request.get(address);
  expect(own.headers()['content-type']).toBe('image/webp');

  const elsewhere = await browser.newContext();
  await expectProblem(await elsewhere.request.get(address), 401, 'SIGNED_OUT');
  await stranger.signIn(elsewhere);
  await expectProblem(await elsewhere.request.get(address), 404, 'NOT_FOUND');
  const theirs = await elsewhere.newPage();
  await theirs.goto(paths.settings(mara.id));
  await expect(theirs.getByRole('heading', { name: 'There is nothing here' })).toBeVisible();
  await elsewhere.close();
});

test('a heart stays, comes off again, and decides what is chosen', async ({ page, creator }) => {
  const mara = await creator.influencer({ name: 'Mara', images: 7, liked: 4 });
  await openSettings(page, mara);
  const sheet = await openImageSheet(page);
  const chosen = sheet.getByRole('row', { selected: true });
  // Four liked ones are not enough for a training: all are chosen.
  await expect(chosen).toHaveCount(7);

  const heart = page.getByRole('button', { name: 'Like image 6' });
  await expect(heart).toHaveAttribute('aria-pressed', 'false');
  await heart.click();
  await expect(heart).toHaveAttribute('aria-pressed', 'true');
  await expect(page.getByRole('button', { name: 'Liked 5' })).toBeVisible();
  await expect(async () => {
    await page.reload();
    await openImageSheet(page);
    await expect(heart).toHaveAttribute('aria-pressed', 'true', { timeout: 2_000 });
    await expect(chosen).toHaveCount(5, { timeout: 2_000 });
  }).toPass();

  await heart.click();
  await expect(heart).toHaveAttribute('aria-pressed', 'false');
  await expect(async () => {
    await page.reload();
    await openImageSheet(page);
    await expect(heart).toHaveAttribute('aria-pressed', 'false', { timeout: 2_000 });
    await expect(chosen).toHaveCount(7, { timeout: 2_000 });
  }).toPass();
});
