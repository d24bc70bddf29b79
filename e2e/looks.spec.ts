import type { Page } from '@playwright/test';
import { generateProfileSet } from '../lib/characters/generate-profile-set.ts';
import { likeImage } from '../lib/characters/like-image.ts';
import { requestProfileSet } from '../lib/characters/request-profile-set.ts';
import { creatorContext, systemContext } from '../lib/context.ts';
import { db } from '../lib/db.ts';
import { paths } from '../lib/paths.ts';
import {
  type Creator,
  expect,
  expectNoSidewaysScroll,
  expectStatus,
  openSettings,
  panel,
  signInAs,
  startTraining,
  test,
} from './fixtures.ts';
import { expectGoodLooks } from './good-looks.ts';

/** What docs/acceptance.md shows. */
const inAcceptance = new Set([
  'wizard-training',
  'credits-full',
  'settings-training',
  'notifications-full',
  'settings-ready',
  'settings-none',
  'settings-failed',
  'studio-ready',
]);

/** Good looks, and every picture of the page loads. */
async function expectGoodPage(page: Page, name?: string): Promise<void> {
  await expectPicturesLoaded(page);
  await expectGoodLooks(page, name);
  if (!process.env.UPDATE_SCREENSHOT || !name || !inAcceptance.has(name)) return;
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1440, height: 900 });
  await expectPicturesLoaded(page);
  const shown = { type: 'jpeg', quality: 72, animations: 'disabled' } as const;
  await page.screenshot({ path: `docs/screens/${name}.jpg`, ...shown });
}

/** Those in view; the others load when they come near. */
async function expectPicturesLoaded(page: Page): Promise<void> {
  const missing = () =>
    page.evaluate(() =>
      [...document.images]
        .filter((image) => image.getBoundingClientRect().top < innerHeight)
        .filter(({ complete, naturalWidth }) => !complete || naturalWidth === 0)
        .map(({ src }) => src),
    );
  await expect.poll(missing).toEqual([]);
}

/** An influencer with eight illustrations, three of them liked. */
async function drawnInfluencer(creator: Creator, name = 'Mara') {
  const influencer = await creator.influencer({ name, images: 0, profileSetComplete: false });
  const ctx = creatorContext(creator.id);
  const characterId = influencer.id;
  await requestProfileSet(ctx, { characterId });
  await generateProfileSet(systemContext('worker'), { characterId });
  const images = await db().characterImage.findMany({ where: { characterId } });
  for (const { id } of images.slice(0, 3)) await likeImage(ctx, { imageId: id, liked: true });
  return { ...influencer, images };
}

async function completed<T extends { id: string }>(influencer: T): Promise<T> {
  await db().character.update({
    where: { id: influencer.id },
    data: { profileSetCompletedAt: new Date() },
  });
  return influencer;
}

/** The sample data's finished influencer, in a browser of its owner's. */
async function openDemo(page: Page) {
  const user = await db().user.findUniqueOrThrow({ where: { email: process.env.DEMO_EMAIL } });
  await signInAs(page.context(), user.id);
  return db().character.findFirstOrThrow({ where: { userId: user.id, name: 'Mara' } });
}

test('landing, sign-in, sign-up', async ({ page }) => {
  await page.goto(paths.home());
  await expectGoodPage(page, 'landing-default');
  await page.goto(paths.signIn());
  await expectGoodPage(page, 'sign-in-default');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByText('Enter your password.')).toBeVisible();
  await expectGoodPage(page, 'sign-in-error');
  await page.goto(paths.signUp());
  await expectGoodPage(page);
});

test('the list of influencers, empty and filled', async ({ page, creator }) => {
  expect(creator.id).toBeTruthy();
  await page.goto(paths.influencers());
  await expectGoodPage(page, 'list-empty');
  await openDemo(page);
  await page.goto(paths.influencers());
  await expect(page.getByRole('heading', { name: 'Rehearsals' })).toBeVisible();
  await expectGoodPage(page, 'list-filled');
});

test('the wizard', async ({ page, creator }) => {
  const { id } = await drawnInfluencer(creator);
  await page.goto(paths.newInfluencer());
  await expectGoodPage(page);
  await page.goto(paths.wizard(id));
  await expectGoodPage(page, 'wizard-images');
  await page.getByRole('button', { name: 'Continue to LoRA training' }).click();
  await expect(page.getByRole('switch', { name: 'Train a LoRA for Mara' })).toBeChecked();
  await expectGoodPage(page, 'wizard-training');
});

test('settings before the first training', async ({ page, creator }) => {
  const mara = await completed(await drawnInfluencer(creator));
  await openSettings(page, mara);
  await expectGoodPage(page, 'settings-none');
});

test('settings while it trains, and the question before cancelling', async ({ page, creator }) => {
  // Stalls at 40 %; then nobody may look after it, and it stays so as long as the pictures take.
  const sam = await completed(await drawnInfluencer(creator, 'Slow Sam'));
  await openSettings(page, sam);
  await startTraining(page, 'Start training · reserves 23,000 credits');
  await expect(panel(page, 'LoRA training').getByText('Step 600 of 1,500')).toBeVisible();
  await db().trainingAttempt.updateMany({
    where: { loraModel: { characterId: sam.id } },
    data: { leaseUntil: new Date(Date.now() + 3_600_000), fence: { increment: 1 } },
  });
  await db().character.update({ where: { id: sam.id }, data: { name: 'Mara' } });
  await openSettings(page, { ...sam, name: 'Mara' });
  await expectStatus(page, 'Training Mara');
  await expectGoodPage(page, 'settings-training');
  await page.getByRole('button', { name: 'Cancel training' }).click();
  await expect(page.getByRole('alertdialog')).toBeVisible();
  await expectGoodPage(page, 'settings-cancelling');
});

test('settings after a failure', async ({ page, creator }) => {
  const otto = await completed(await drawnInfluencer(creator, 'Oom Otto'));
  await openSettings(page, otto);
  await startTraining(page, 'Start training · reserves 23,000 credits');
  await expectStatus(page, 'Training failed');
  await page.getByRole('button', { name: 'What happened' }).click();
  await expect(page.getByText('It was not your doing.')).toBeVisible();
  await expectGoodPage(page, 'settings-failed');
});

test('settings and studio with a model', async ({ page }) => {
  const mara = await openDemo(page);
  await page.goto(paths.settings(mara.id));
  await expectStatus(page, 'Ready');
  await expectGoodPage(page, 'settings-ready');
  if (process.env.UPDATE_SCREENSHOT) {
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 1440, height: 1200 });
    await expectPicturesLoaded(page);
    await page.screenshot({ path: 'docs/screenshot.png' });
  }
  await page.goto(paths.studio(mara.id));
  await expect(page.getByText('Mara’s model ready')).toBeVisible();
  await expectGoodPage(page, 'studio-ready');
});

test('credits and notifications', async ({ page }) => {
  await openDemo(page);
  await page.goto(paths.credits());
  await expectGoodPage(page, 'credits-full');
  await page.goto(paths.notifications());
  await expect(page.getByRole('link', { name: 'Mara is ready' })).toBeVisible();
  await expectGoodPage(page, 'notifications-full');
  await page.getByRole('button', { name: /^Notifications/ }).click();
  await expectGoodPage(page, 'notifications-bell');
});

test('a name without a gap never pushes a page sideways', async ({ page, creator }) => {
  const name = 'Wilhelmina'.repeat(6);
  const { id } = await completed(await drawnInfluencer(creator, name));
  await db().character.update({ where: { id }, data: { look: 'freckles'.repeat(100) } });
  await page.goto(paths.settings(id));
  await startTraining(page, 'Start training · reserves 23,000 credits');
  await expectStatus(page, 'Ready');
  for (const address of [
    paths.settings(id),
    paths.studio(id),
    paths.wizard(id),
    `${paths.wizard(id)}?step=done`,
    paths.influencers(),
    paths.credits(),
    paths.notifications(),
  ]) {
    await page.goto(address);
    for (const width of [320, 390, 820, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      await expectNoSidewaysScroll(page);
    }
  }
});
