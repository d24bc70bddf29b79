import { paths } from '../lib/paths.ts';
import {
  expect,
  expectBalance,
  expectStatus,
  expectUnavailable,
  openImageSheet,
  openSettings,
  startTraining,
  test,
} from './fixtures.ts';

test.use({ credits: 10_000 });

test('too few credits: the missing number, the way to more, and the selection kept', async ({
  page,
  creator,
}) => {
  const mara = await creator.influencer({ name: 'Mara', images: 7 });
  await openSettings(page, mara);
  await expectUnavailable(
    page.getByRole('button', { name: 'Start training · reserves 22,000 credits' }),
    'You need 12,000 more credits.',
  );

  await openImageSheet(page);
  await page.getByRole('checkbox', { name: 'Select image 3' }).uncheck();
  await expect(page.getByText('6 images selected for training · 21,000 credits')).toBeVisible();
  await expect(page.getByText('You need 11,000 more credits.')).toBeVisible();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  await page.getByRole('link', { name: 'Buy credits' }).click();

  await expect(page.getByText('Test purchase. No money moves.')).toBeVisible();
  await expect(page.getByText('You need 11,000 more credits.')).toBeVisible();
  await expect(page.getByText('The package of 25,000 credits covers it.')).toBeVisible();
  await expect(page.getByRole('radio', { name: /^25,000\scredits/ })).toBeChecked();
  await page.getByRole('button', { name: 'Buy 25,000 credits for $25' }).click();
  await expect(page.getByText('25,000 credits added. Balance: 35,000.')).toBeVisible();
  await expectBalance(page, '35,000');
  await page.getByRole('link', { name: 'Back to where you were' }).click();

  await expect(page.getByText('6 images selected for training · 21,000 credits')).toBeVisible();
  const sheet = await openImageSheet(page);
  await expect(page.getByRole('checkbox', { name: 'Select image 3' })).not.toBeChecked();
  await expect(sheet.getByRole('row', { selected: true })).toHaveCount(6);
  await startTraining(page, 'Start training · reserves 21,000 credits');
  await expectStatus(page, 'Training Mara');
  await expectBalance(page, '35,000 (21,000 reserved)');
});

test('in the wizard the switch says why it is off, and the influencer can be made without', async ({
  page,
  creator,
}) => {
  const { id } = await creator.influencer({ name: 'Mara', images: 5, profileSetComplete: false });
  await page.goto(`${paths.wizard(id)}?step=training`);
  const training = page.getByRole('switch', { name: 'Train a LoRA for Mara' });
  await expect(training).not.toBeChecked();
  await expect(training).toHaveAttribute('aria-disabled', 'true');
  await expect(training).toHaveAccessibleDescription(/You need 10,000\smore credits\. Buy credits/);
  await page.getByRole('button', { name: 'Create without training' }).click();
  await expect(page.getByText(/Made without training\./)).toBeVisible();
  await expectBalance(page, '10,000');
});
