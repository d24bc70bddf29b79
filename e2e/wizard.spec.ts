import type { Page } from '@playwright/test';
import { removeImage } from '../lib/characters/remove-image.ts';
import { creatorContext } from '../lib/context.ts';
import { db } from '../lib/db.ts';
import { saveDraft } from '../lib/lora/save-draft.ts';
import { paths } from '../lib/paths.ts';
import {
  booksOf,
  expect,
  expectAccessible,
  expectBalance,
  expectNoSidewaysScroll,
  expectSoundBooks,
  expectStatus,
  type Influencer,
  test,
} from './fixtures.ts';

const toggle = (page: Page) => page.getByRole('switch', { name: /^Train a LoRA for / });
const finish = (page: Page, label: string) =>
  page.getByRole('button', { name: label, exact: true });
const present = (page: Page) => page.getByRole('navigation', { name: 'Steps' });
const synthetic = (page: Page) => page.getByRole('radio', { name: 'This character is synthetic' });

async function openTrainingStep(page: Page, { id }: { id: string }): Promise<void> {
  await page.goto(paths.wizard(id, 'training'));
  await expect(page.getByRole('heading', { name: 'LoRA training' })).toBeFocused();
}

/** Server actions of this page whose body holds `words` go as `how` says. */
async function meddle(
  page: Page,
  words: string,
  how: 'abort' | ((body: string) => string),
  times?: number,
): Promise<void> {
  let left = times ?? Number.POSITIVE_INFINITY;
  await page.route('**/influencer/**', async (route) => {
    const body = route.request().postData() ?? '';
    if (route.request().method() !== 'POST' || !body.includes(words) || left <= 0) {
      return route.fallback();
    }
    left -= 1;
    if (how === 'abort') return route.abort();
    return route.continue({ postData: how(body) });
  });
}

async function draftOf({ id }: { id: string }) {
  const { draftBaseModel, draftImageIds } = await db().character.findUniqueOrThrow({
    where: { id },
  });
  return { baseModel: draftBaseModel, images: draftImageIds.length };
}

test('back and forth: what was typed, chosen and switched stays, here and elsewhere', async ({
  page,
  creator,
  browser,
}) => {
  expect(creator.id).toBeTruthy();
  await page.goto(paths.influencers());
  await page.getByRole('link', { name: 'New influencer' }).click();
  await expect(page.getByRole('heading', { name: 'Who is it going to be?' })).toBeFocused();
  await expect(present(page).locator('[aria-current=step]')).toHaveText(/Name and look$/);
  await page.getByLabel('Name').fill('Mara');
  await page.getByLabel('Look').fill('Freckles');

  // A reload in the middle of typing.
  await page.reload();
  await expect(page.getByLabel('Name')).toHaveValue('Mara');
  await expect(page.getByLabel('Look')).toHaveValue('Freckles');
  await page.getByRole('button', { name: 'Create influencer' }).dblclick();
  await expect(page.getByRole('heading', { name: 'Profile set' })).toBeFocused();
  const [mara, ...others] = await db().character.findMany({ where: { userId: creator.id } });
  expect(others).toEqual([]);
  if (!mara) throw new Error('nobody was made');

  // Back is the step before, with what was typed; a change there is kept by itself.
  await page.goBack();
  await expect(page.getByRole('heading', { name: 'Who is it going to be?' })).toBeFocused();
  await expect(page.getByLabel('Name')).toHaveValue('Mara');
  await page.getByLabel('Look').fill('Freckles, short hair');
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Continue to the profile set' }).click();
  await expect(page.getByRole('heading', { name: 'Profile set' })).toBeFocused();
  expect(await db().character.findUnique({ where: { id: mara.id } })).toMatchObject({
    look: 'Freckles, short hair',
  });
  expect(await db().character.count({ where: { userId: creator.id } })).toBe(1);

  // Another influencer of theirs has pictures already.
  const iris = await creator.influencer({
    name: 'Iris',
    images: 8,
    liked: 6,
    profileSetComplete: false,
  });
  await page.goto(paths.wizard(iris.id, 'images'));
  await page.getByRole('button', { name: 'Continue to LoRA training' }).click();
  await expect(page.getByText('6 images selected for training · 21,000 credits')).toBeVisible();
  await expect(toggle(page)).toBeChecked();
  await page.getByRole('button', { name: 'Select all' }).click();
  await page.getByRole('radio', { name: 'Wan 2.2' }).check();
  await expect(page.getByText('8 images selected for training · 33,000 credits')).toBeVisible();
  await toggle(page).uncheck();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  await expect.poll(() => draftOf(iris)).toEqual({ baseModel: 'one-2.2', images: 8 });

  const expectKept = async (where: Page) => {
    await expect(where.getByText('8 images selected for training · 33,000 credits')).toBeVisible();
    await expect(where.getByRole('radio', { name: 'Wan 2.2' })).toBeChecked();
    await expect(toggle(where)).not.toBeChecked();
    await expect(finish(where, 'Create without training')).toBeVisible();
  };
  await page.goBack();
  await expect(page.getByRole('heading', { name: 'Profile set' })).toBeFocused();
  await page.goForward();
  await expect(page.getByRole('heading', { name: 'LoRA training' })).toBeFocused();
  await expectKept(page);
  await page.reload();
  await expectKept(page);
  const elsewhere = await browser.newContext();
  await creator.signIn(elsewhere);
  const other = await elsewhere.newPage();
  await other.goto(paths.wizard(iris.id, 'training'));
  await expectKept(other);

  // Nothing chosen is a choice too.
  await page.getByRole('button', { name: 'Select none' }).click();
  await expect.poll(() => draftOf(iris)).toEqual({ baseModel: 'one-2.2', images: 0 });
  await page.reload();
  await expect(page.getByText('Selected: 0/5 minimum')).toBeVisible();
  await elsewhere.close();
});

test('the toggle says what it costs, how long it takes and what it is good for', async ({
  page,
  creator,
}) => {
  const mara = await creator.influencer({ name: 'Mara', images: 7, profileSetComplete: false });
  await openTrainingStep(page, mara);
  await expect(toggle(page)).toBeChecked();
  await expect(toggle(page)).toHaveAccessibleName('Train a LoRA for Mara');
  await expect(toggle(page)).toHaveAccessibleDescription(
    /^Base 15,000 \+ 7\simages × 1,000 = 22,000\scredits · usually less than a minute/,
  );
  await expect(page.getByText(/new pictures keep the likeness/)).toBeVisible();
  await expect(finish(page, 'Create and train · reserves 22,000 credits')).toBeVisible();

  await toggle(page).uncheck();
  await expect(toggle(page)).toHaveAccessibleName('Train a LoRA for Mara');
  await expect(finish(page, 'Create without training')).toBeVisible();
  await expect(page.getByText('Nothing is reserved.', { exact: false })).toBeVisible();
  await expectAccessible(page);
  // Pressed again and again, it ends where the last press left it, here and on the server.
  for (let press = 0; press < 5; press += 1) await toggle(page).click();
  await expect(toggle(page)).toBeChecked();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  await expect
    .poll(() => db().character.findUnique({ where: { id: mara.id } }))
    .toMatchObject({ loraTrainingEnabled: true, loraTrainingAutoStart: true });
  await page.reload();
  await expect(toggle(page)).toBeChecked();
});

test.describe('short of credits', () => {
  test.use({ credits: 20_500 });

  test('the toggle is off, says what is missing and leads to credits and back', async ({
    page,
    creator,
  }) => {
    const mara = await creator.influencer({ name: 'Mara', images: 7, profileSetComplete: false });
    await openTrainingStep(page, mara);
    await expect(toggle(page)).not.toBeChecked();
    await expect(toggle(page)).toHaveAttribute('aria-disabled', 'true');
    await expect(toggle(page)).toHaveAccessibleDescription(/You need 1,500\smore credits/);
    await toggle(page).click({ force: true });
    await expect(toggle(page)).not.toBeChecked();
    await expect(finish(page, 'Create without training')).toBeVisible();
    await expectAccessible(page);

    await page.getByRole('radio', { name: 'Wan 2.1' }).check();
    await expect(page.getByText(/You need 11,500\smore credits/)).toBeVisible();
    await page.getByRole('link', { name: 'Buy credits' }).click();
    await expect(page).toHaveURL(/\/credits/);
    expect(new URL(page.url()).searchParams.get('back')).toBe(paths.wizard(mara.id, 'training'));
    await page.goBack();
    await expect(page.getByRole('radio', { name: 'Wan 2.1' })).toBeChecked();

    // Fewer images are affordable: the wish to train was never lost.
    await page.getByRole('radio', { name: 'Z-Image Turbo' }).check();
    // The page keeps that itself, in a moment; what comes after it is not to be overwritten.
    await expect
      .poll(() => db().character.findUniqueOrThrow({ where: { id: mara.id } }))
      .toMatchObject({ draftBaseModel: 'z-image-turbo' });
    await saveDraft(creatorContext(creator.id), {
      characterId: mara.id,
      baseModel: 'z-image-turbo',
      imageIds: mara.images.slice(0, 5).map(({ id }) => id),
    });
    await page.reload();
    await expect(toggle(page)).toBeChecked();
    await expect(finish(page, 'Create and train · reserves 20,000 credits')).toBeVisible();
  });
});

test('too few images: off, with how many are missing', async ({ page, creator }) => {
  const mara = await creator.influencer({ name: 'Mara', images: 7, profileSetComplete: false });
  await saveDraft(creatorContext(creator.id), {
    characterId: mara.id,
    baseModel: 'z-image-turbo',
    imageIds: mara.images.slice(0, 3).map(({ id }) => id),
  });
  await openTrainingStep(page, mara);
  await expect(toggle(page)).not.toBeChecked();
  await expect(toggle(page)).toHaveAccessibleDescription(/Add 2\smore images to train\./);
  await expect(finish(page, 'Create without training')).toBeVisible();
  await expectAccessible(page);

  const few = await creator.influencer({ name: 'Few', images: 3, profileSetComplete: false });
  await openTrainingStep(page, few);
  const button = finish(page, 'Create without training');
  await expect(button).toHaveAttribute('aria-disabled', 'true');
  await button.click({ force: true });
  await expect(page.getByText(/Add 2\smore images to finish\./)).toBeFocused();
  expect(await db().character.findUnique({ where: { id: few.id } })).toMatchObject({
    profileSetCompletedAt: null,
  });
});

test('another price than shown: both figures stand there, and only a new press starts', async ({
  page,
  creator,
}) => {
  const mara = await creator.influencer({ name: 'Mara', images: 7, profileSetComplete: false });
  await openTrainingStep(page, mara);
  await synthetic(page).check();
  const before = await booksOf(creator);
  await meddle(
    page,
    '"agreedCredits":22000',
    (body) => body.replace('"agreedCredits":22000', '"agreedCredits":21000'),
    1,
  );
  await finish(page, 'Create and train · reserves 22,000 credits').click();
  await expect(
    page.getByText(/The price is now 22,000\scredits\. Nothing was reserved\./),
  ).toBeVisible();
  await expect(page.locator('s').filter({ hasText: '21,000' }).first()).toBeVisible();
  await expect(finish(page, 'Train for 22,000 credits')).toBeVisible();
  await expectAccessible(page);
  expect(await booksOf(creator)).toEqual(before);

  await finish(page, 'Train for 22,000 credits').click();
  await expect(page.getByRole('heading', { name: 'Mara is created' })).toBeFocused();
  await expectBalance(page, '100,000 (22,000 reserved)');
});

test('an image deleted between choosing and finishing: nothing starts, and the form says so', async ({
  page,
  creator,
}) => {
  const mara = await creator.influencer({ name: 'Mara', images: 7, profileSetComplete: false });
  await openTrainingStep(page, mara);
  await synthetic(page).check();
  await removeImage(creatorContext(creator.id), { imageId: mara.images[2]?.id ?? '' });
  const before = await booksOf(creator);
  await finish(page, 'Create and train · reserves 22,000 credits').click();
  await expect(page.getByText(/^1\schosen image is not available any more\.$/)).toBeVisible();
  expect(await booksOf(creator)).toEqual(before);
  await page.getByRole('button', { name: 'Look at the selection again' }).click();
  await expect(page.getByText(/1\simage was deleted\. 6 still selected\./)).toBeVisible();
  await expect(page.getByText(/not available any more/)).toHaveCount(0);
  await finish(page, 'Create and train · reserves 21,000 credits').click();
  await expectBalance(page, '100,000 (21,000 reserved)');
});

test('ten presses on the last button make one training, and it can be left alone', async ({
  page,
  creator,
}) => {
  const mara = await creator.influencer({ name: 'Mara', images: 5, profileSetComplete: false });
  await openTrainingStep(page, mara);
  const button = finish(page, 'Create and train · reserves 20,000 credits');
  await button.click();
  await expect(page.getByText('Choose one to go on.')).toBeVisible();
  await expect(page.getByRole('group', { name: 'Who is this?' })).toBeFocused();
  await synthetic(page).check();
  await button.evaluate((element: HTMLButtonElement) => {
    for (let press = 0; press < 10; press += 1) element.click();
  });
  await expect(page.getByRole('heading', { name: 'Mara is created' })).toBeFocused();
  await expect(
    page.getByText("Training has started. You can close this page; we'll notify you."),
  ).toBeVisible();
  await expectBalance(page, '100,000 (20,000 reserved)');
  await expectAccessible(page);

  // The wizard lets them go on; Back does not lead to a form that is used up.
  await page.goBack();
  await expect(page.getByRole('heading', { name: 'LoRA training' })).toHaveCount(0);
  await page.goto(paths.wizard(mara.id, 'training'));
  await expect(page).toHaveURL(paths.wizard(mara.id, 'done'));
  await expectStatus(page, 'Ready');
  expect(await booksOf(creator)).toMatchObject({ trainings: 1, consents: 1 });
  await expectSoundBooks();
});

test('what could not be saved says so, and is tried again', async ({ page, creator }) => {
  const mara = await creator.influencer({
    name: 'Mara',
    images: 8,
    liked: 6,
    profileSetComplete: false,
  });
  await openTrainingStep(page, mara);
  await meddle(page, '"imageIds"', 'abort');
  await page.getByRole('button', { name: 'Select all' }).click();
  await expect(page.getByText('Not saved.')).toBeVisible();
  await expect(page.getByText('8 images selected for training · 23,000 credits')).toBeVisible();
  await expectAccessible(page);

  // Nothing is started from what the server does not have.
  await synthetic(page).check();
  const before = await booksOf(creator);
  await finish(page, 'Create and train · reserves 23,000 credits').click();
  await expect(
    page.getByText('Your selection could not be saved, so nothing was started.'),
  ).toBeVisible();
  expect(await booksOf(creator)).toEqual(before);

  await page.unroute('**/influencer/**');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  await expect.poll(() => draftOf(mara)).toEqual({ baseModel: 'z-image-turbo', images: 8 });

  await meddle(page, '"loraTrainingEnabled"', 'abort');
  await toggle(page).click();
  await expect(page.getByText("Couldn't save. Training is still on.")).toBeVisible();
  await expect(toggle(page)).toBeChecked();
});

test('an answer that is lost makes nobody twice', async ({ page, creator }) => {
  await page.goto(paths.newInfluencer());
  await page.getByLabel('Name').fill('Mara');
  await page.route('**/influencer/new', async (route) => {
    if (route.request().method() !== 'POST') return route.fallback();
    // It arrives; its answer does not.
    await route.fetch();
    await route.abort();
  });
  await page.getByRole('button', { name: 'Create influencer' }).click();
  await expect(page.getByText('Likeness could not be reached.')).toBeVisible();
  await expect(page.getByLabel('Name')).toHaveValue('Mara');
  await page.unroute('**/influencer/new');
  await page.getByRole('button', { name: 'Create influencer' }).click();
  await expect(page.getByRole('heading', { name: 'Profile set' })).toBeFocused();
  expect(await db().character.count({ where: { userId: creator.id } })).toBe(1);
});

test('names are what people type, and what cannot be one is said at the field', async ({
  page,
  creator,
}) => {
  expect(creator.id).toBeTruthy();
  await page.goto(paths.newInfluencer());
  const name = page.getByLabel('Name');
  const create = page.getByRole('button', { name: 'Create influencer' });
  for (const [typed, sentence] of [
    ['', 'Give the influencer a name.'],
    ['   ', 'Give the influencer a name.'],
    ['\u200b\u200d', 'Give the influencer a name.'],
    ['x'.repeat(61), 'A name has at most 60 characters. This one has 61.'],
    ['x'.repeat(10_000), 'A name has at most 60 characters. This one has 10,000.'],
  ] as const) {
    await name.fill(typed);
    await create.click();
    await expect(name).toBeFocused();
    await expect(name).toHaveAccessibleDescription(new RegExp(`${sentence}$`));
    await expect(name).toHaveValue(typed);
  }
  await page.getByLabel('Look').fill('y'.repeat(1_001));
  await expect(page.getByText('At most 1,000 characters. These are 1,001.')).toBeVisible();
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  expect(await db().character.count({ where: { userId: creator.id } })).toBe(0);

  for (const typed of ['../../x', 'مارا الجميلة', '🦊'.repeat(60), '<b>Mara</b>']) {
    await page.goto(paths.newInfluencer());
    await page.getByLabel('Name').fill(typed);
    await page.getByLabel('Look').fill('');
    await page.getByRole('button', { name: 'Create influencer' }).click();
    await expect(page.getByRole('heading', { name: typed, level: 1 })).toBeVisible();
    await expectNoSidewaysScroll(page);
  }
  expect(await db().character.count({ where: { userId: creator.id } })).toBe(4);
});

test('by keyboard alone, from the name to a training', async ({ page, creator }) => {
  expect(creator.id).toBeTruthy();
  await page.goto(paths.newInfluencer());
  await expect(page.getByRole('heading', { name: 'Who is it going to be?' })).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(page.getByLabel('Name')).toBeFocused();
  await page.keyboard.type('Mara');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Profile set' })).toBeFocused();

  const [mara] = await db().character.findMany({ where: { userId: creator.id } });
  if (!mara) throw new Error('nobody was made');
  const draw = page.getByRole('button', { name: /^(Draw|Make) eight/ });
  await tabTo(page, draw);
  await page.keyboard.press('Enter');
  const go = page.getByRole('button', { name: 'Continue to LoRA training' });
  await expect(page.getByText(/^8\simages in the profile set$/)).toBeVisible({ timeout: 60_000 });
  await tabTo(page, go);
  await page.keyboard.press('Enter');

  await expect(page.getByRole('heading', { name: 'LoRA training' })).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(toggle(page)).toBeFocused();
  await page.keyboard.press('Space');
  await expect(toggle(page)).not.toBeChecked();
  await page.keyboard.press('Space');
  await expect(toggle(page)).toBeChecked();
  const zImage = page.getByRole('radio', { name: 'Z-Image Turbo' });
  await tabTo(page, zImage);
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('radio', { name: 'Wan 2.1' })).toBeChecked();
  await page.keyboard.press('ArrowUp');
  await expect(zImage).toBeChecked();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await expect(page.getByRole('radio', { name: 'This is me' })).toBeChecked();
  const button = finish(page, 'Create and train · reserves 23,000 credits');
  await tabTo(page, button);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Mara is created' })).toBeFocused();
  await expectBalance(page, '100,000 (23,000 reserved)');
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  test('the LoRA step by touch', async ({ page, creator }) => {
    const mara: Influencer = await creator.influencer({
      name: 'Mara',
      images: 7,
      profileSetComplete: false,
    });
    await page.goto(paths.wizard(mara.id, 'images'));
    await page.getByRole('button', { name: 'Continue to LoRA training' }).tap();
    await expect(page.getByRole('heading', { name: 'LoRA training' })).toBeFocused();
    await toggle(page).tap();
    await expect(toggle(page)).not.toBeChecked();
    await toggle(page).tap();
    await expect(toggle(page)).toBeChecked();
    await page.getByRole('radio', { name: 'Wan 2.1' }).tap();
    await expect(page.getByText('7 images selected for training · 32,000 credits')).toBeVisible();
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await page.getByText('This character is synthetic').tap();
    await finish(page, 'Create and train · reserves 32,000 credits').tap();
    await expect(page.getByRole('heading', { name: 'Mara is created' })).toBeVisible();
    await expectNoSidewaysScroll(page);
  });
});

async function tabTo(page: Page, target: ReturnType<Page['getByRole']>): Promise<void> {
  for (let press = 0; press < 80; press += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error('It cannot be reached with Tab.');
}
