import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { baseModels } from '../lib/lora/rules/base-models.ts';
import { describeAdapter, readSafetensorsHeader } from '../lib/lora/rules/safetensors.ts';
import {
  expect,
  expectBalance,
  expectNotice,
  expectSoundBooks,
  expectStatus,
  expectUploads,
  panel,
  test,
  upload,
} from './fixtures.ts';
import { photo, photoFromPhone } from './pictures.ts';

const password = 'four quiet words here';

test.use({ contextOptions: { reducedMotion: 'no-preference' } });

test('from signing up to a downloaded LoRA', async ({ page: firstPage, context }) => {
  let page = firstPage;

  await test.step('sign up', async () => {
    await page.goto('/');
    await page.getByRole('link', { name: 'Create an account' }).first().click();
    await page.getByLabel('Your name').fill('Ada');
    await page.getByLabel('E-mail').fill(`ada-${Date.now()}@example.test`);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByRole('button', { name: 'Create account' }).click();
    await expect(page.getByRole('heading', { name: 'No influencers yet' })).toBeVisible();
    await expectBalance(page, '30,000');
  });

  await test.step('make an influencer', async () => {
    await page.getByRole('link', { name: 'New influencer' }).click();
    await page.getByLabel('Name').fill('Mara');
    await page.getByLabel('Look').fill('Freckles, short copper hair');
    await page.getByRole('button', { name: 'Create influencer' }).click();
    await expect(page.getByRole('heading', { name: 'Mara', level: 1 })).toBeVisible();
    await expect(page.getByRole('heading', { name: 'Profile set' })).toBeFocused();
  });

  await test.step('upload seven photographs', async () => {
    await upload(page, [
      await photo('garden'),
      await photo('kitchen', 'png'),
      await photo('street', 'webp'),
      await photoFromPhone('phone'),
      await photo('window'),
      await photo('stairs', 'png'),
      await photo('bridge', 'webp'),
    ]);
    await expectUploads(page, '7 of 7 uploaded');
    await expect(page.getByRole('list', { name: 'Profile set' }).getByRole('listitem')).toHaveCount(
      7,
    );
  });

  await test.step('pictures are upright and say nothing about where they were taken', async () => {
    const characterId = /influencer\/([^/]+)\//.exec(page.url())?.[1];
    const answer = await page.request.get(`/api/influencer/${characterId}/images`);
    const { images }: { images: { id: string; fileName: string; number: number }[] } =
      await answer.json();
    for (const { id, fileName } of images) {
      const picture = await (await page.request.get(`/api/images/${id}?size=full`)).body();
      const { exif, xmp, icc, orientation, format } = await sharp(picture).metadata();
      expect({ fileName, exif, xmp, icc, orientation, format }).toEqual({
        fileName,
        exif: undefined,
        xmp: undefined,
        icc: undefined,
        orientation: undefined,
        format: 'webp',
      });
    }
    const fromPhone = images.find(({ fileName }) => fileName === 'phone.jpg');
    await page.getByRole('button', { name: `Open image ${fromPhone?.number}` }).click();
    const dialog = page.getByRole('dialog', { name: `Image ${fromPhone?.number}` });
    await expect(dialog).toContainText('600 × 900');
    await page.keyboard.press('Escape');
    await expect(dialog).toBeHidden();
  });

  await test.step('see the price and agree to it', async () => {
    await page.getByRole('button', { name: 'Continue to LoRA training' }).click();
    await expect(page.getByRole('heading', { name: 'LoRA training' })).toBeFocused();
    const training = page.getByRole('switch', { name: 'Train a LoRA for Mara' });
    await expect(training).toBeChecked();
    await expect(training).toHaveAccessibleDescription(
      /^Base 15,000 \+ 7\simages × 1,000 = 22,000\scredits · usually less than a minute/,
    );
    await expect(
      page.getByText('Base 15,000 + 7 images × 1,000 = 22,000 credits').first(),
    ).toBeVisible();
    const finish = page.getByRole('button', {
      name: 'Create and train · reserves 22,000 credits',
      exact: true,
    });
    await finish.click();
    await expect(page.getByText('Choose one to go on.')).toBeVisible();
    await expectBalance(page, '30,000');
    await page.getByRole('radio', { name: 'This character is synthetic' }).check();
    await finish.click();
  });

  await test.step('it trains, seen and reserved', async () => {
    await expect(page.getByRole('heading', { name: 'Mara is created' })).toBeVisible();
    await expect(
      page.getByText("Training has started. You can close this page; we'll notify you."),
    ).toBeVisible();
    await expectRunning();
    await expect(page).toHaveTitle(/^\d+\s% · Mara$/);
  });

  await test.step('closing the page and opening another shows it still', async () => {
    const address = page.url();
    await page.close();
    page = await context.newPage();
    await page.goto(address);
    await expectRunning();
  });

  async function expectRunning() {
    const status = panel(page, 'LoRA training');
    await expect(status.getByRole('progressbar', { name: 'Training Mara' })).toBeVisible();
    await expect(status.getByText(/^Step [1-9][\d,]* of 1,500$/)).toBeVisible();
    await expectBalance(page, '30,000 (22,000 reserved)');
  }

  await test.step('it is done: the bell tells, the studio shows', async () => {
    await expectStatus(page, 'Ready');
    const notice = await expectNotice(page, 'Mara is ready', 'Sandbox GPU: this adapter is empty.');
    await expectBalance(page, '8,000');
    await notice.getByRole('link', { name: 'Mara is ready' }).click();
    await expect(page.getByText('Mara’s model ready')).toBeVisible();
    await expect(page.getByText('Sandbox GPU: this adapter is empty.').first()).toBeVisible();
  });

  await test.step('the downloaded file is a sound adapter that says sandbox', async () => {
    const arriving = page.waitForEvent('download');
    await page.getByRole('link', { name: /^Download LoRA/ }).click();
    const download = await arriving;
    expect(download.suggestedFilename()).toBe('Mara-z-image-turbo-sandbox.safetensors');
    const file = await readFile(await download.path());
    const read = readSafetensorsHeader(file, file.byteLength);
    if (!read.ok) throw new Error(read.reason);
    expect(read.header.metadata).toMatchObject({ sandbox: 'true', base_model: 'z-image-turbo' });
    const { keyPrefix, rank } = baseModels['z-image-turbo'];
    expect(describeAdapter(read.header, { keyPrefix, rank })).toMatchObject({ ok: true });
  });

  await test.step('the credits page explains the charge and what came before it', async () => {
    await page.getByRole('link', { name: 'Balance 8,000', exact: true }).click();
    await expect(page.getByText('Balance: 8,000')).toBeVisible();
    const rows = panel(page, 'History').locator('tbody tr:visible');
    await expect(rows).toHaveCount(2);
    await expect(rows.nth(0)).toContainText('Reserved for Mara, 7 images, Z-Image Turbo');
    await expect(rows.nth(0)).toContainText(/Charged.*−22,000.*8,000/);
    await expect(rows.nth(1)).toContainText(/Sandbox credits to start with.*\+30,000.*30,000/);
    await expectSoundBooks();
  });
});

test('signing out closes every page, and only the right password opens them', async ({ page }) => {
  const email = `bea-${Date.now()}@example.test`;
  await page.goto('/sign-up');
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill('short');
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByLabel('Password', { exact: true })).toHaveAccessibleDescription(
    /Choose a password of at least 10/,
  );
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByRole('heading', { name: 'No influencers yet' })).toBeVisible();

  const signOut = page.getByRole('button', { name: 'Sign out' });
  // A press that comes before the page is awake opens nothing.
  await expect(async () => {
    await page.getByRole('button', { name: 'Account' }).click();
    await expect(signOut).toBeVisible({ timeout: 2_000 });
  }).toPass();
  await signOut.click();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await page.goto('/credits');
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();

  for (const [who, what] of [
    [email, 'four other words here'],
    [`nobody-${email}`, password],
  ] as const) {
    await page.getByLabel('E-mail').fill(who);
    await page.getByLabel('Password', { exact: true }).fill(what);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByLabel('Password', { exact: true })).toHaveValue('');
    await expect(page.getByText('E-mail and password do not match.')).toBeVisible();
  }
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  // Where they were going.
  await expect(page.getByRole('heading', { name: 'Credits', exact: true })).toBeVisible();
});
