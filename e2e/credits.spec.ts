import { paths } from '../lib/paths.ts';
import {
  expect,
  expectBalance,
  expectStatus,
  expectUnavailable,
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

  await page.getByRole('checkbox', { name: 'Image 3', exact: true }).uncheck();
  await expect(page.getByText('6 images selected for training · 21,000 credits')).toBeVisible();
  await expect(page.getByText('You need 11,000 more credits.')).toBeVisible();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  await page.getByRole('link', { name: 'Buy credits' }).click();

  await expect(page.getByText('Test purchase. No money moves.')).toBeVisible();
  await page.getByRole('radio', { name: /^25,000\scredits/ }).check();
  await page.getByRole('button', { name: 'Add 25,000 credits' }).click();
  await expect(page.getByText('25,000 credits added. Balance: 35,000.')).toBeVisible();
  await expectBalance(page, '35,000');
  await page.getByRole('link', { name: 'Back to where you were' }).click();

  await expect(page.getByText('6 images selected for training · 21,000 credits')).toBeVisible();
  await expect(page.getByRole('checkbox', { name: 'Image 3', exact: true })).not.toBeChecked();
  await expect(page.getByRole('checkbox', { checked: true, name: /^Image \d$/ })).toHaveCount(6);
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
