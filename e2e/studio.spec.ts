import { randomBytes, randomUUID } from 'node:crypto';
import type { Page } from '@playwright/test';
import { db } from '../lib/db.ts';
import { failureRehearsal } from '../lib/generation/rules/rehearsal.ts';
import { getTrainingPanel } from '../lib/lora/get-training-panel.ts';
import { paths } from '../lib/paths.ts';
import { addReadyModel } from '../lib/testing/ready-model.ts';
import {
  expect,
  expectAccessible,
  expectProblem,
  type Influencer,
  panel,
  test,
} from './fixtures.ts';
import { expectGoodLooks } from './good-looks.ts';

const madeWithin = { timeout: 40_000 };

async function openStudio(page: Page, { id, name }: Influencer): Promise<void> {
  await page.goto(paths.studio(id));
  await expect(page.getByRole('heading', { name, level: 1 })).toBeVisible();
}

/** The contact sheet, once its script is there. */
async function sheetOf(page: Page) {
  await page.mouse.move(200, 200);
  const sheet = page.getByRole('grid', { name: 'Images' });
  await expect(sheet).toBeVisible();
  return sheet;
}

/** A print of the sheet; its name goes on with what else it is. */
const print = (page: Page, number: number) =>
  page.getByRole('row', { name: new RegExp(`^Image ${number}( |$)`) });

async function makePictures(page: Page, prompt: string, count: 1 | 2 | 4 = 1): Promise<void> {
  await page.getByLabel('Prompt').fill(prompt);
  await page.getByRole('radio', { name: String(count), exact: true }).check();
  await page.getByRole('button', { name: `Make ${count}` }).click();
}

/** A picture that nobody makes, written into the table as the studio writes it. */
async function addUnmade(
  influencer: Influencer,
  number: number,
  change: { rejection?: string; details?: { ofNumber: number }; ready?: boolean } = {},
): Promise<string> {
  const { id } = await db().characterImage.create({
    data: {
      id: randomUUID(),
      characterId: influencer.id,
      userId: influencer.userId,
      number,
      source: 'generated',
      inProfileSet: false,
      baseModel: 'z-image-turbo',
      generator: 'sandbox',
      fileName: 'x.webp',
      prompt: 'Reading on a train',
      ...(change.rejection && {
        state: 'rejected',
        rejection: change.rejection,
        rejectionDetails: change.details,
      }),
      ...(change.ready && {
        state: 'ready',
        sha256: randomBytes(32).toString('hex'),
        bytes: 1,
        width: 1_024,
        height: 1_280,
      }),
    },
  });
  return id;
}

test('a picture is made, liked, and offered to the next training', async ({ page, creator }) => {
  const mara = await creator.influencer({ name: 'Mara', images: 1 });
  await addReadyModel(mara);
  await openStudio(page, mara);
  await expect(page.getByText('Mara’s model: the same face in every picture.')).toBeVisible();
  await expect(page.getByText('Free in the sandbox.')).toBeVisible();
  await makePictures(page, 'Reading on a train', 2);
  await sheetOf(page);
  await expect(page.getByText('3 images, 0 liked', { exact: true })).toBeVisible(madeWithin);
  await expect(print(page, 3)).toHaveAccessibleName(/sandbox, Reading on a train/);

  const heart = print(page, 3).getByRole('button', { name: 'Like image 3' });
  await heart.click();
  await expect(heart).toHaveAttribute('aria-pressed', 'true');
  await expect(page.getByText('3 images, 1 liked', { exact: true })).toBeVisible();
  const offered = async () => {
    const { images } = await getTrainingPanel(creator.id, mara.id);
    return images.map(({ number, caption }) => ({ number, caption }));
  };
  await expect
    .poll(offered)
    .toEqual([
      expect.objectContaining({ number: 1 }),
      { number: 3, caption: 'Reading on a train' },
    ]);
  const rows = await db().characterImage.findMany({
    where: { characterId: mara.id, source: 'generated' },
    select: { loraModelId: true, generator: true },
  });
  expect(rows).toEqual(Array(2).fill({ loraModelId: expect.any(String), generator: 'sandbox' }));
});

test('each model says whether it supports LoRA and what this character has (Q6)', async ({
  page,
  creator,
}) => {
  const mara = await creator.influencer({ name: 'Mara', images: 1 });
  await addReadyModel(mara, { baseModel: 'one-2.1' });
  await openStudio(page, mara);
  const models = page.getByRole('group', { name: 'Model' });

  const trained = models.getByRole('radio', { name: 'Wan 2.1' });
  await expect(trained).toBeChecked();
  await expect(trained).toHaveAccessibleDescription(
    'LoRA available This model supports character LoRA for >95% consistency Mara’s model ready',
  );
  await expect(models.getByRole('radio', { name: 'Z-Image Turbo' })).toHaveAccessibleDescription(
    /LoRA available .+ Not trained for this one/,
  );
  const item = models.getByRole('listitem').filter({ hasText: 'Z-Image Turbo' });
  await expect(item.getByRole('link', { name: 'Train for Z-Image Turbo' })).toHaveAttribute(
    'href',
    paths.settings(mara.id),
  );
  await expect(models.getByText('Flux Dev: needs a licence')).toBeVisible();

  const words = page.getByRole('tooltip', { name: /.*/ }).filter({ hasText: '>95% consistency' });
  await expect(words).toHaveCount(0);
  await item.getByText('LoRA available').hover();
  await expect(words).toHaveText('This model supports character LoRA for >95% consistency');
  await page.mouse.move(0, 0);
  await expect(words).toHaveCount(0);
  // By keyboard too, and Escape takes it away.
  await trained.focus();
  await page.keyboard.press('ArrowDown');
  await expect(words).toHaveCount(1);
  await page.keyboard.press('Escape');
  await expect(words).toHaveCount(0);

  const unsupported = models.getByRole('radio', { name: 'SDXL Lightning' });
  await expect(unsupported).toHaveAccessibleDescription(/^No LoRA support/);
  await unsupported.check();
  await expect(
    page.getByText(
      'With SDXL Lightning, which has no LoRA support: Mara’s face will differ from picture to picture.',
    ),
  ).toBeVisible();
  await makePictures(page, 'Reading on a train');
  await expect(page.getByText('2 images, 0 liked', { exact: true })).toBeVisible(madeWithin);
  const made = await db().characterImage.findFirst({
    where: { characterId: mara.id, source: 'generated' },
  });
  expect(made).toMatchObject({ baseModel: 'sdxl-lightning', loraModelId: null, state: 'ready' });
});

test('the viewer by keyboard: step, like, zoom, download, close', async ({ page, creator }) => {
  const mara = await creator.influencer({ name: 'Mara', images: 3 });
  await openStudio(page, mara);
  const sheet = await sheetOf(page);
  await sheet.getByRole('row').first().focus();
  await page.keyboard.press('Enter');
  const viewer = (number: number) => page.getByRole('dialog', { name: `Image ${number}` });
  await expect(viewer(3)).toBeVisible();
  await expect(viewer(3).getByText('1 of 3')).toBeVisible();
  await page.keyboard.press('ArrowLeft');
  await expect(viewer(3)).toBeVisible();
  await page.keyboard.press('ArrowRight');
  await expect(viewer(2).getByText('2 of 3')).toBeVisible();
  await page.keyboard.press('l');
  await expect(viewer(2).getByRole('button', { name: 'Like image 2' })).toHaveAttribute(
    'aria-pressed',
    'true',
  );
  await page.keyboard.press('+');
  await expect(viewer(2).getByText('150 %')).toBeVisible();
  await page.keyboard.press('-');
  await expect(viewer(2).getByText('100 %')).toBeVisible();
  await expect(viewer(2).getByText('Uploaded')).toBeVisible();

  const arriving = page.waitForEvent('download');
  await viewer(2).getByRole('link', { name: 'Download' }).click();
  expect((await arriving).suggestedFilename()).toBe('Mara-2.webp');

  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  // To the picture that was shown last.
  await expect(print(page, 2)).toBeFocused();
  await expect
    .poll(() =>
      db().characterImage.count({ where: { characterId: mara.id, likedAt: { not: null } } }),
    )
    .toBe(1);
});

test('deleted, and brought back; deleted for good', async ({ page, creator }) => {
  const mara = await creator.influencer({ name: 'Mara', images: 3, liked: 3 });
  await openStudio(page, mara);
  await sheetOf(page);
  await print(page, 2).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await expect(dialog.getByText('Image 2 deleted.')).toBeVisible();
  await expect(page.getByRole('dialog', { name: 'Image 1' })).toBeVisible();
  const choices = async () =>
    (await getTrainingPanel(creator.id, mara.id)).images.map(({ number }) => number);
  expect(await choices()).toEqual([1, 3]);

  await page.keyboard.press('Escape');
  await expect(page.getByText('2 images, 2 liked', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByText('3 images, 3 liked', { exact: true })).toBeVisible();
  await expect(print(page, 2)).toBeFocused();
  expect(await choices()).toEqual([1, 2, 3]);

  await page.keyboard.press('Enter');
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await expect(dialog.getByText('Image 2 deleted.')).toBeVisible();
  await page.reload();
  await expect(page.getByText('2 images, 2 liked', { exact: true })).toBeVisible();
});

test('a picture that a training is using stays, and the viewer says why', async ({
  page,
  creator,
}) => {
  const mara = await creator.influencer({ name: 'Mara', images: 1 });
  const [image] = mara.images;
  const training = await addReadyModel(mara);
  const { id: _id, ...ready } = await db().loraModel.findUniqueOrThrow({ where: { id: training } });
  await db().loraModel.create({
    data: {
      ...ready,
      config: {},
      requestId: randomUUID(),
      status: 'pending',
      trainingCompletedAt: null,
      modelPath: null,
      imageManifest: [{ imageId: image?.id, key: 'x', sha256: '', caption: '' }],
      deadlineAt: new Date(Date.now() + 3_600_000),
    },
  });
  await openStudio(page, mara);
  await sheetOf(page);
  await print(page, 1).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByRole('dialog').getByRole('alert')).toHaveText(
    'A training is using this picture. It can be deleted when that training has ended.',
  );
});

test('a picture that fails says so in its place, and can be tried again or removed', async ({
  page,
  creator,
}) => {
  const mara = await creator.influencer({ name: 'Mara', images: 2 });
  await openStudio(page, mara);
  await makePictures(page, failureRehearsal);
  await sheetOf(page);
  await expect(print(page, 3)).toHaveAccessibleName(/being made/);
  await expect(print(page, 3).getByText('The picture could not be made.')).toBeVisible(madeWithin);
  await expect(page.getByText('2 images, 0 liked', { exact: true })).toBeVisible();
  await db().characterImage.updateMany({
    where: { characterId: mara.id, number: 3 },
    data: { prompt: 'Reading on a train' },
  });
  await print(page, 3).getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByText('3 images, 0 liked', { exact: true })).toBeVisible(madeWithin);
  await expect(print(page, 3).getByRole('button', { name: 'Like image 3' })).toBeVisible();

  await addUnmade(mara, 4, { rejection: 'GENERATION_FAILED' });
  await page.reload();
  await sheetOf(page);
  await print(page, 4).getByRole('button', { name: 'Remove' }).click();
  await expect(print(page, 4)).toHaveCount(0);
  await expect.poll(() => db().characterImage.count({ where: { characterId: mara.id } })).toBe(3);
});

test('a copy leads to the picture that is there already', async ({ page, creator }) => {
  const mara = await creator.influencer({ name: 'Mara', images: 2 });
  await addUnmade(mara, 3, { rejection: 'ALREADY_HERE', details: { ofNumber: 2 } });
  await openStudio(page, mara);
  await sheetOf(page);
  await expect(print(page, 3).getByText('Already here, as image 2.')).toBeVisible();
  await expect(print(page, 3).getByRole('button', { name: 'Try again' })).toHaveCount(0);
  await print(page, 3).getByRole('button', { name: 'Show image 2' }).click();
  await expect(page.getByRole('dialog', { name: 'Image 2' })).toBeVisible();
});

test('what is typed and chosen survives a refusal and a reload', async ({ page, creator }) => {
  const mara = await creator.influencer({ name: 'Mara', images: 1 });
  for (let number = 101; number <= 112; number += 1) await addUnmade(mara, number);
  await openStudio(page, mara);
  const prompt = page.getByLabel('Prompt');
  await page.getByRole('button', { name: 'Make 2' }).click();
  await expect(page.getByText('Describe a scene first.')).toBeVisible();
  await expect(prompt).toBeFocused();

  await prompt.fill('On a pier');
  await page.getByRole('radio', { name: 'Wan 2.2' }).check();
  await page.getByRole('radio', { name: '4', exact: true }).check();
  await prompt.press('ControlOrMeta+Enter');
  await expect(page.getByText('12 pictures are being made; 12 is the most at once.')).toBeVisible();
  for (const _ of ['before', 'after a reload']) {
    await expect(prompt).toHaveValue('On a pier');
    await expect(page.getByRole('radio', { name: 'Wan 2.2' })).toBeChecked();
    await expect(page.getByRole('radio', { name: '4', exact: true })).toBeChecked();
    await page.reload();
  }
});

test('new pictures wait behind a button while older ones are looked at', async ({
  page,
  creator,
}) => {
  const mara = await creator.influencer({ name: 'Mara', images: 130, stored: false });
  // In the works: the page asks after it.
  await addUnmade(mara, 201);
  await openStudio(page, mara);
  await sheetOf(page);
  await expect(print(page, 201)).toBeVisible();
  // Further pages come as their end comes near.
  await expect(async () => {
    await page.mouse.wheel(0, 5_000);
    await expect(print(page, 1)).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 30_000 });
  const before = await print(page, 1).boundingBox();
  await addUnmade(mara, 202, { ready: true });
  const arrived = page.getByRole('button', { name: '1 new image' });
  await expect(arrived).toBeVisible();
  expect(await print(page, 1).boundingBox()).toEqual(before);
  await arrived.click();
  await expect(print(page, 202)).toBeVisible();
  await expect(arrived).toHaveCount(0);
});

test('nothing yet: an example fills the prompt', async ({ page, creator }) => {
  const eve = await creator.influencer({ name: 'Eve', images: 0, profileSetComplete: false });
  await openStudio(page, eve);
  await expect(page.getByText('Describe a scene for Eve.')).toBeVisible();
  const example = page.getByRole('list', { name: 'Examples' }).getByRole('button').first();
  const words = (await example.textContent()) ?? '';
  await example.click();
  await expect(page.getByLabel('Prompt')).toHaveValue(words);
  await expect(page.getByLabel('Prompt')).toBeFocused();
});

test('further pictures that cannot be read are safe, and asked for again', async ({
  page,
  creator,
}) => {
  const mara = await creator.influencer({ name: 'Mara', images: 70, stored: false });
  await page.route('**/gallery?before=*', (route) => route.abort());
  await openStudio(page, mara);
  const notice = page.getByText('We can’t show the older images right now. They are safe.');
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  await expect(notice).toBeVisible();
  await page.unroute('**/gallery?before=*');
  await page.getByRole('button', { name: 'Try again', exact: true }).last().click();
  await expect(page.getByText('70 images, 0 liked', { exact: true })).toBeVisible();
  await expect(notice).toHaveCount(0);
});

test('somebody else’s pictures are not there', async ({ page, creator, stranger }) => {
  const theirs = await stranger.influencer({ name: 'Nora', images: 1 });
  const [image] = theirs.images;
  expect(creator.id).not.toBe(stranger.id);
  for (const address of [
    paths.gallery(theirs.id, { since: 1 }),
    paths.gallery(randomUUID(), { since: 1 }),
    paths.imageFile(image?.id ?? ''),
    paths.imageFile('x'),
  ]) {
    await expectProblem(await page.request.get(address), 404, 'NOT_FOUND');
  }
  const own = await creator.influencer({ name: 'Mara', images: 1 });
  const wrong = `${paths.gallery(own.id, { since: 1 })}&further=1`;
  await expectProblem(await page.request.get(wrong), 400, 'INVALID_INPUT');
});

test('every state of the studio is accessible and fits a phone', async ({ page, creator }) => {
  const eve = await creator.influencer({ name: 'Eve', images: 0, profileSetComplete: false });
  const mara = await creator.influencer({ name: 'Mara', images: 6, liked: 2 });
  await addReadyModel(mara);
  await addUnmade(mara, 10);
  await addUnmade(mara, 11, { rejection: 'GENERATION_FAILED' });

  await openStudio(page, eve);
  await expectGoodLooks(page);
  await openStudio(page, mara);
  await expect(panel(page, 'Mara’s models')).toBeVisible();
  await sheetOf(page);
  await page.getByRole('radio', { name: 'SDXL Lightning' }).check();
  await expectGoodLooks(page);
  await print(page, 6).click();
  await expect(page.getByRole('dialog', { name: 'Image 6' })).toBeVisible();
  await expectGoodLooks(page);
  await page.getByRole('button', { name: 'Zoom in' }).click();
  await page.getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByText('Image 6 deleted.')).toBeVisible();
  await expectAccessible(page);
});
