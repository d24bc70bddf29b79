import { paths } from '../lib/paths.ts';
import {
  expect,
  expectBalance,
  expectSoundBooks,
  expectStatus,
  expectUnavailable,
  openSettings,
  panel,
  startTraining,
  test,
} from './fixtures.ts';

test('a training that is cancelled midway gives its credits back, as the dialog says', async ({
  page,
  creator,
}) => {
  const sam = await creator.influencer({ name: 'Slow Sam', images: 5 });
  await openSettings(page, sam);
  await startTraining(page, 'Start training · reserves 20,000 credits');
  const status = panel(page, 'LoRA training');
  await expect(status.getByText('Step 600 of 1,500')).toBeVisible();
  await expectBalance(page, '100,000 (20,000 reserved)');

  // It goes on without the page and is found again as it stands.
  await page.goto(paths.influencers());
  await expect(page.getByText('Training 40 %')).toBeVisible();
  await page.getByRole('link', { name: /^Slow Sam/ }).click();
  await expect(status.getByText('Step 600 of 1,500')).toBeVisible();

  const dialog = page.getByRole('alertdialog', { name: "Cancel Slow Sam's training?" });
  await status.getByRole('button', { name: 'Cancel training' }).click();
  await expect(dialog).toHaveAccessibleDescription(
    /20,000\scredits come back as soon as it has stopped\. The 600\sfinished steps are lost\./,
  );
  await expect(dialog.getByRole('button', { name: 'Keep training' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(dialog).toBeHidden();
  await expect(status.getByRole('button', { name: 'Cancel training' })).toBeFocused();
  await expectStatus(page, 'Training Slow Sam');

  // Once it is asked for, the question cannot be left until there is an answer.
  const answered = Promise.withResolvers<void>();
  await page.route(`**${paths.settings(sam.id)}`, async (route) => {
    await answered.promise;
    await route.continue();
  });
  await page.keyboard.press('Enter');
  await dialog.getByRole('button', { name: 'Cancel training' }).click();
  await expectUnavailable(
    dialog.getByRole('button', { name: 'Keep training' }),
    'Already under way.',
  );
  await page.keyboard.press('Escape');
  await expect(dialog).toBeVisible();
  answered.resolve();
  await expect(dialog).toBeHidden();
  await expectStatus(page, 'Cancelled');
  await expect(status).toContainText('20,000 credits are back in your balance.');
  await expectBalance(page, '100,000');
  const line = panel(page, 'History').getByRole('row').filter({ hasText: 'Cancelled' });
  await expect(line).toContainText('20,000 credits back');

  await page.getByRole('link', { name: 'Balance 100,000', exact: true }).click();
  const entry = panel(page, 'History').getByRole('row').filter({ hasText: 'Slow Sam' });
  await expect(entry.first()).toContainText('Reserved for Slow Sam, 5 images, Z-Image Turbo');
  await expect(entry.first()).toContainText('Released');
  await expectSoundBooks();
});
