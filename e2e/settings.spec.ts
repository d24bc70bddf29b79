import type { Page } from '@playwright/test';
import { likeImage } from '../lib/characters/like-image.ts';
import { removeImage } from '../lib/characters/remove-image.ts';
import { creatorContext } from '../lib/context.ts';
import { db } from '../lib/db.ts';
import { saveDraft } from '../lib/lora/save-draft.ts';
import { savePreferences } from '../lib/lora/save-preferences.ts';
import { paths } from '../lib/paths.ts';
import { makePastTraining } from '../lib/testing/factories.ts';
import {
  booksOf,
  type Creator,
  expect,
  expectAccessible,
  expectBalance,
  expectNotice,
  expectSoundBooks,
  expectStatus,
  expectUnavailable,
  type Influencer,
  openSettings,
  panel,
  startTraining,
  test,
} from './fixtures.ts';

const preference = (page: Page, name: string) => page.getByRole('switch', { name, exact: true });
const autoStart = 'Start when the profile set is complete';
const hourMs = 3_600_000;

/** Her first `taught` images have made a model, an hour ago. */
async function withModel(creator: Creator, mara: Influencer, taught = 5) {
  const training = await makePastTraining(
    { userId: creator.id, characterId: mara.id },
    { endedAt: new Date(Date.now() - hourMs) },
  );
  const images = mara.images.slice(0, taught);
  return db().loraModel.update({
    where: { id: training.id },
    data: {
      createdAt: new Date(Date.now() - 2 * hourMs),
      imageCount: images.length,
      imageManifest: images.map(({ id, sha256 }) => ({
        imageId: id,
        key: 'x',
        sha256: sha256 ?? '',
        caption: '',
      })),
    },
  });
}

/** Server actions of this page whose body holds `words` go as `how` says. */
async function meddle(page: Page, words: string, how: 'abort' | ((body: string) => string)) {
  await page.route('**/influencer/**', (route) => {
    const body = route.request().postData() ?? '';
    if (route.request().method() !== 'POST' || !body.includes(words)) return route.fallback();
    return how === 'abort' ? route.abort() : route.continue({ postData: how(body) });
  });
}

const kept = ({ id }: { id: string }) => db().character.findUniqueOrThrow({ where: { id } });

test('preferences are kept at once, and one that cannot be kept goes back with a sentence', async ({
  page,
  creator,
}) => {
  const mara = await creator.influencer({ name: 'Mara', images: 5 });
  // Pressed before the page has woken up, it is kept all the same.
  await openSettings(page, mara);
  const training = preference(page, 'LoRA training for Mara');
  const half = preference(page, 'When half of a training is done');
  const likes = preference(page, 'When liked images are not in the model yet');
  await expect(training).toBeChecked();
  await expect(half).not.toBeChecked();
  await expect(likes).toBeChecked();
  await half.check();
  await likes.uncheck();
  await preference(page, autoStart).uncheck();
  await expect(panel(page, 'Preferences').getByText('Saved', { exact: true })).toHaveCount(3);
  expect(await kept(mara)).toMatchObject({
    notifyProgress: true,
    notifyRetrain: false,
    loraTrainingAutoStart: false,
  });
  await page.reload();
  await expect(half).toBeChecked();
  await expect(likes).not.toBeChecked();

  await meddle(page, '"loraTrainingAutoStart"', 'abort');
  await preference(page, autoStart).click();
  await expect(page.getByText("Couldn't save. Auto-start is still off.")).toBeVisible();
  await expect(preference(page, autoStart)).not.toBeChecked();
  await expect(preference(page, autoStart)).toHaveAccessibleDescription(
    /Couldn't save\. Auto-start is still off\.$/,
  );
  await expectAccessible(page);
  await page.unroute('**/influencer/**');
  // Many presses: it ends where the last one left it.
  for (let press = 0; press < 5; press += 1) await preference(page, autoStart).click();
  await expect(preference(page, autoStart)).toBeChecked();
  await expect.poll(() => kept(mara)).toMatchObject({ loraTrainingAutoStart: true });
});

test('what another tab saved since is seen on coming back', async ({ page, creator, context }) => {
  const mara = await creator.influencer({ name: 'Mara', images: 7 });
  await openSettings(page, mara);
  await preference(page, 'When half of a training is done').check();
  await expect(panel(page, 'Preferences').getByText('Saved', { exact: true })).toBeVisible();
  const other = await context.newPage();
  await openSettings(other, mara);
  await preference(other, 'When half of a training is done').uncheck();
  await other.getByRole('radio', { name: 'Wan 2.1' }).check();
  await expect
    .poll(() => kept(mara))
    .toMatchObject({
      notifyProgress: false,
      draftBaseModel: 'one-2.1',
    });
  await other.close();
  // A headless browser hides no tabs; the event is what it would send.
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await expect(preference(page, 'When half of a training is done')).not.toBeChecked();
  await expect(page.getByRole('radio', { name: 'Wan 2.1' })).toBeChecked();
});

test('training can be switched on later, with 5 images (Q2)', async ({ page, creator }) => {
  const mara = await creator.influencer({ name: 'Mara', images: 3 });
  await savePreferences(creatorContext(creator.id), {
    characterId: mara.id,
    loraTrainingEnabled: false,
  });
  await openSettings(page, mara);
  const training = preference(page, 'LoRA training for Mara');
  await expect(training).toHaveAttribute('aria-disabled', 'true');
  await expect(training).toHaveAccessibleDescription(/Add 2\smore images to train\./);
  await training.click({ force: true });
  await expect(training).not.toBeChecked();
  await expectAccessible(page);
  await panel(page, 'Preferences').getByRole('link', { name: 'Add images' }).click();
  await expect(page.getByRole('heading', { name: 'Profile set' })).toBeVisible();
  expect(await kept(mara)).toMatchObject({ loraTrainingEnabled: false });

  const iris = await creator.influencer({ name: 'Iris', images: 5 });
  await savePreferences(creatorContext(creator.id), {
    characterId: iris.id,
    loraTrainingEnabled: false,
  });
  await openSettings(page, iris);
  await preference(page, 'LoRA training for Iris').check();
  await expect.poll(() => kept(iris)).toMatchObject({ loraTrainingEnabled: true });
});

test('new liked images: one notice, a line, a badge; waved away for good', async ({
  page,
  creator,
}) => {
  const mara = await creator.influencer({ name: 'Mara', images: 9 });
  await withModel(creator, mara);
  await openSettings(page, mara);
  await expectStatus(page, 'Ready');
  await expect(page.getByRole('button', { name: 'Retrain for 24,000 credits' })).toBeVisible();

  const ctx = () => creatorContext(creator.id);
  for (const { id } of mara.images.slice(5, 8)) {
    await likeImage(ctx(), { imageId: id, liked: true });
  }
  await page.reload();
  const line = page.getByText(/^3\sliked images are not in this model yet\.$/);
  await expect(line).toBeVisible();
  await expect(panel(page, 'LoRA training')).toContainText(/3\snew liked images/);
  await expectAccessible(page);
  const notice = await expectNotice(page, 'Improve your model', /You have 3\snew liked images/);
  await expect(notice.getByRole('link')).toHaveAttribute('href', paths.settings(mara.id));
  await page.keyboard.press('Escape');
  await likeImage(ctx(), { imageId: mara.images[8]?.id ?? '', liked: true });
  const notices = () => db().notification.findMany({ where: { userId: creator.id } });
  await expect
    .poll(notices, { timeout: 30_000 })
    .toMatchObject([{ body: expect.stringMatching(/You have 4\snew liked images/) }]);

  await page.goto(paths.influencers());
  await expectNotice(page, 'Improve your model', /You have 4\snew liked images/);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('listitem').filter({ hasText: 'Mara' })).toContainText(
    /4\snew liked images/,
  );
  const answer = await page.request.get(`/api/influencer/${mara.id}/lora/new-images-available`);
  expect(await answer.json()).toMatchObject({ hasNewLikedImages: true, newLikedImageCount: 4 });

  await openSettings(page, mara);
  await page.getByRole('button', { name: 'Choose images' }).click();
  await expect(page.getByRole('heading', { name: 'Images for the next training' })).toBeFocused();
  await expect(page).toHaveURL(/show=new/);

  // A refusal brings it back.
  await meddle(page, mara.id, 'abort');
  await page.getByRole('button', { name: 'Dismiss', exact: true }).click();
  await expect(page.getByText("Couldn't dismiss. Try again.")).toBeVisible();
  await page.unroute('**/influencer/**');
  await page.getByRole('button', { name: 'Dismiss', exact: true }).click();
  const none = page.getByText(/not in this model yet/);
  await expect(none).toHaveCount(0);
  await expect
    .poll(() => db().notification.findFirst({ where: { userId: creator.id } }))
    .toMatchObject({ dismissedAt: expect.any(Date) });
  await page.reload();
  await expectStatus(page, 'Ready');
  await expect(none).toHaveCount(0);
});

test('the state table: nothing, failed by input, cancelled, removed, retrained without gain', async ({
  page,
  creator,
}) => {
  const mara = await creator.influencer({ name: 'Mara', images: 5 });
  await openSettings(page, mara);
  await expectStatus(page, 'Not trained yet');
  await expect(
    panel(page, 'LoRA training').getByRole('button', { name: 'Choose images' }),
  ).toBeVisible();

  const model = await withModel(creator, mara);
  await openSettings(page, mara);
  await expectStatus(page, 'Ready');
  await expect(
    page.getByText(
      'The model was trained with exactly these images. Training again would gain little.',
    ),
  ).toBeVisible();

  const who = { userId: creator.id, characterId: mara.id };
  const input = await makePastTraining(who, { status: 'failed', reason: 'IMAGES_UNREADABLE' });
  await openSettings(page, mara);
  await expectStatus(page, 'Training stopped');
  const status = panel(page, 'LoRA training');
  await expect(status.getByRole('link', { name: 'Fix images' })).toBeVisible();
  await expect(status).toContainText(/The model of .+ is in use\./);
  await expectAccessible(page);

  await db().loraModel.delete({ where: { id: input.id } });
  const cancelled = await makePastTraining(who, { status: 'cancelled' });
  await openSettings(page, mara);
  await expectStatus(page, 'Cancelled');
  await expect(status.getByRole('button', { name: 'Train again' })).toBeVisible();

  await db().loraModel.delete({ where: { id: cancelled.id } });
  await db().loraModel.update({ where: { id: model.id }, data: { expiredAt: new Date() } });
  await openSettings(page, mara);
  await expectStatus(page, 'Model removed');
  await expect(status).toContainText('The history stays.');
  await expect(status.getByRole('button', { name: 'Train again' })).toBeVisible();
  await expectAccessible(page);
});

test('another price than shown: both figures stand there, and only a new press starts', async ({
  page,
  creator,
}) => {
  const mara = await creator.influencer({ name: 'Mara', images: 7 });
  await openSettings(page, mara);
  const before = await booksOf(creator);
  let once = true;
  await meddle(page, '"expectedCredits":22000', (body) => {
    if (!once) return body;
    once = false;
    return body.replace('"expectedCredits":22000', '"expectedCredits":21000');
  });
  await startTraining(page, 'Start training · reserves 22,000 credits');
  await expect(
    page.getByText(/The price is now 22,000\scredits\. Nothing was reserved\./),
  ).toBeVisible();
  await expect(page.locator('s').filter({ hasText: '21,000' })).toBeVisible();
  expect(await booksOf(creator)).toEqual(before);
  await page.getByRole('button', { name: 'Train for 22,000 credits', exact: true }).click();
  await expectBalance(page, '100,000 (22,000 reserved)');
  expect(await booksOf(creator)).toMatchObject({ trainings: 1 });
});

test('refused starts: an image deleted since, and 51 images; the form stays as it was', async ({
  page,
  creator,
}) => {
  const mara = await creator.influencer({ name: 'Mara', images: 7 });
  await openSettings(page, mara);
  await removeImage(creatorContext(creator.id), { imageId: mara.images[0]?.id ?? '' });
  const before = await booksOf(creator);
  await startTraining(page, 'Start training · reserves 22,000 credits');
  await expect(page.getByText(/^1\schosen image is not available any more\.$/)).toBeVisible();
  expect(await booksOf(creator)).toEqual(before);
  await page.getByRole('button', { name: 'Look at the selection again' }).click();
  await expect(page.getByText(/1\simage was deleted\. 6 still selected\./)).toBeVisible();
  await expect(page.getByRole('radio', { name: 'This character is synthetic' })).toBeChecked();

  const many = await creator.influencer({ name: 'Many', images: 51, stored: false });
  await saveDraft(creatorContext(creator.id), {
    characterId: many.id,
    baseModel: 'z-image-turbo',
    imageIds: many.images.map(({ id }) => id),
  });
  await openSettings(page, many);
  await startTraining(page, 'Start training · reserves 66,000 credits');
  await expect(page.getByText('50 images is the most for one training.').last()).toBeVisible();
  await expect(page.getByText(/^Remove 1\simage\.$/)).toBeVisible();
  expect(await db().loraModel.count({ where: { userId: creator.id } })).toBe(0);
});

test('ten presses on start make one training, and its end tells a cancel that came too late', async ({
  page,
  creator,
}) => {
  const mara = await creator.influencer({ name: 'Mara', images: 5 });
  // A button hears presses once the page has woken up, and asked.
  const awake = page.waitForResponse(`**/api/influencer/${mara.id}/lora/status`);
  await openSettings(page, mara);
  await awake;
  await page.getByRole('radio', { name: 'This character is synthetic' }).check();
  await page
    .getByRole('button', { name: 'Start training · reserves 20,000 credits' })
    .evaluate((element: HTMLButtonElement) => {
      for (let press = 0; press < 10; press += 1) element.click();
    });
  await expectBalance(page, '100,000 (20,000 reserved)');
  await panel(page, 'LoRA training').getByRole('button', { name: 'Cancel training' }).click();
  await expect(page.getByRole('alertdialog', { name: "Cancel Mara's training?" })).toBeVisible();
  const late = page.getByRole('alertdialog', { name: 'It had just finished' });
  await expect(late).toBeVisible({ timeout: 60_000 });
  await expect(late).toHaveAccessibleDescription(/Mara is ready; 20,000\scredits were charged\./);
  await expectAccessible(page);
  await late.getByRole('button', { name: 'See how it ended' }).click();
  await expectStatus(page, 'Ready');
  expect(await booksOf(creator)).toMatchObject({ trainings: 1, lines: 3 });
  await expectSoundBooks();
});

test('who this is can be withdrawn, and is asked again', async ({ page, creator }) => {
  const mara = await creator.influencer({ name: 'Mara', images: 5 });
  await db().consent.create({
    data: { characterId: mara.id, kind: 'permitted', wordingVersion: 1, imageSha256s: [] },
  });
  await openSettings(page, mara);
  const preferences = panel(page, 'Preferences');
  await expect(preferences).toContainText("“I have this person's consent”, said on");
  await expect(page.getByRole('group', { name: 'Who is this?' })).toHaveCount(0);
  await preferences.getByRole('button', { name: 'Withdraw' }).click();
  const dialog = page.getByRole('alertdialog', { name: /^Withdraw your word/ });
  await expect(dialog.getByRole('button', { name: 'Keep it' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await preferences.getByRole('button', { name: 'Withdraw' }).click();
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Withdraw your word' }).click();
  await expect(page.getByRole('group', { name: 'Who is this?' })).toBeVisible();
  await expect(page.getByText('until you withdraw it in the settings.')).toBeVisible();
  expect(await db().consent.count({ where: { characterId: mara.id } })).toBe(0);
});

test.describe('short of credits', () => {
  test.use({ credits: 21_000 });

  test('the start says how many are missing and leads to them and back', async ({
    page,
    creator,
  }) => {
    const mara = await creator.influencer({ name: 'Mara', images: 7 });
    await openSettings(page, mara);
    const start = page.getByRole('button', { name: 'Start training · reserves 22,000 credits' });
    await expectUnavailable(start, 'You need 1,000 more credits.');
    await page.getByRole('link', { name: 'Buy credits' }).click();
    await expect(page).toHaveURL(/\/credits/);
    expect(new URL(page.url()).searchParams.get('back')).toBe(paths.settings(mara.id));
  });
});

test('the page is one document and asks for its data at most once', async ({ page, creator }) => {
  const mara = await creator.influencer({ name: 'Mara', images: 7 });
  await withModel(creator, mara);
  const asked: string[] = [];
  page.on('requestfinished', (request) => {
    const { pathname } = new URL(request.url());
    const kind = request.resourceType();
    if (kind === 'document') asked.push('document');
    if (['fetch', 'xhr'].includes(kind) && pathname.startsWith('/api/')) asked.push(pathname);
  });
  const answered = page.waitForResponse(`**/api/influencer/${mara.id}/lora/status`);
  await openSettings(page, mara);
  await answered;
  await page.waitForLoadState('networkidle');
  expect(asked).toEqual(['document', `/api/influencer/${mara.id}/lora/status`]);
});
