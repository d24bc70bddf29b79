import { db } from '../lib/db.ts';
import { paths } from '../lib/paths.ts';
import {
  expect,
  expectAccessible,
  expectBalance,
  expectNoSidewaysScroll,
  expectSoundBooks,
  openSettings,
  panel,
  startTraining,
  test,
} from './fixtures.ts';

test.describe.configure({ mode: 'parallel' });

test('an influencer in training is deleted by keyboard, and its credits come back', async ({
  page,
  creator,
}) => {
  const mara = await creator.influencer({ name: 'Mara', images: 5 });
  await openSettings(page, mara);
  await startTraining(page, 'Start training · reserves 20,000 credits');
  await expectBalance(page, '100,000 (20,000 reserved)');

  const danger = panel(page, 'Delete influencer');
  await page.reload();
  await danger.getByRole('button', { name: 'Delete…' }).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('alertdialog', { name: 'Delete Mara?' });
  await expect(dialog).toContainText('20,000 credits come back');
  await expect(dialog.getByRole('button', { name: 'Keep it' })).toBeFocused();
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);

  // Escape leaves everything as it is; another name deletes nothing.
  await page.keyboard.press('Escape');
  await expect(danger.getByRole('button', { name: 'Delete…' })).toBeFocused();
  await page.keyboard.press('Enter');
  const typed = dialog.getByRole('textbox', { name: 'Type its name to confirm' });
  await typed.fill('Marla');
  await page.keyboard.press('Enter');
  await expect(dialog).toContainText('Type “Mara” exactly.');
  expect(await db().deletion.count({ where: { ownerId: creator.id } })).toBe(0);
  await typed.fill('Mara');
  await page.keyboard.press('Enter');

  await expect(page).toHaveURL(new RegExp(`${paths.deletions()}$`));
  await expect(page.getByRole('heading', { name: 'Deleted influencers' })).toBeVisible();
  await expectAccessible(page);
  await expect(async () => {
    await page.reload();
    await expect(page.getByText('5 images with their captions')).toBeVisible({ timeout: 1_000 });
    await expect(page.getByText(/Everything was gone on/)).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 60_000 });
  await expect(page.getByRole('main')).not.toContainText('Mara');
  await expectBalance(page, '100,000');
  await page.goto(paths.influencers());
  await expect(page.getByText('No influencers yet')).toBeVisible();
  expect((await page.goto(paths.settings(mara.id)))?.status()).toBe(404);
  await expectSoundBooks();
});

test('an account is deleted: signed out everywhere, its receipt by a secret link', async ({
  page,
  creator,
  browser,
}) => {
  await creator.influencer({ name: 'Mara', images: 2 });
  const { email } = await db().user.findUniqueOrThrow({ where: { id: creator.id } });
  const elsewhere = await browser.newContext();
  await creator.signIn(elsewhere);

  await page.goto(paths.account());
  await panel(page, 'Delete account').getByRole('button', { name: 'Delete…' }).click();
  const dialog = page.getByRole('alertdialog', { name: 'Delete your account?' });
  await expect(dialog).toContainText('1 influencer with all images');
  await expect(dialog).toContainText('100,000 credits are lost');
  await expectAccessible(page);
  await dialog.getByRole('textbox', { name: /e-mail address/ }).fill(email);
  await dialog.getByRole('button', { name: 'Delete account' }).click();

  await expect(page.getByRole('heading', { name: 'Your account is deleted' })).toBeVisible();
  await expectAccessible(page);
  const receipt = page.url();
  await expect(async () => {
    await page.reload();
    await expect(page.getByText(/Everything was gone on/)).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 60_000 });
  await expect(page.getByText('1 influencer', { exact: true })).toBeVisible();
  await expect(page.getByText('100,000 credits were not spent and are lost.')).toBeVisible();

  for (const context of [page.context(), elsewhere]) {
    const other = await context.newPage();
    await other.goto(paths.influencers());
    await expect(other).toHaveURL(/\/sign-in/);
  }
  expect((await page.goto(`${receipt.slice(0, -1)}_`))?.status()).toBe(404);
  expect(await db().user.count({ where: { email } })).toBe(0);
  await expectSoundBooks();
  await elsewhere.close();
});
