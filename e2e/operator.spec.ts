import { db } from '../lib/db.ts';
import { paths } from '../lib/paths.ts';
import { expect, expectStatus, openSettings, startTraining, test } from './fixtures.ts';
import { expectGoodLooks } from './good-looks.ts';

test('the operators’ page is nothing to a creator and everything to an operator', async ({
  page,
  creator,
}) => {
  await page.goto(paths.operator());
  await expect(
    page.getByRole('heading', { name: 'There is nothing here', level: 1 }),
  ).toBeVisible();

  await db().user.update({ where: { id: creator.id }, data: { role: 'operator' } });
  await page.goto(paths.operator());
  await expect(page.getByRole('heading', { name: 'Success metrics', level: 1 })).toBeVisible();
  // The sandbox is plugged in, and its figures say so.
  await expect(page.getByText('Sandbox', { exact: true }).first()).toBeVisible();

  await page.getByRole('link', { name: 'Real GPUs' }).click();
  await expect(page).toHaveURL(/source=gpu/);
  await expect(page.getByText(/^\d+ ready, \d+ failed, \d+ cancelled, \d+ open\.$/)).toBeVisible();
  await expect(page.getByText('Sandbox', { exact: true })).toHaveCount(1);
});

test('a finished training moves the operators’ figures', async ({ page, creator }) => {
  test.slow();
  await db().user.update({ where: { id: creator.id }, data: { role: 'operator' } });
  const mara = await creator.influencer({ name: 'Metric Mara', images: 5 });
  const figure = page.getByText(/^[\d,]+ ready, /);
  await page.goto(paths.operator({ days: 7, source: 'sandbox' }));
  const before = Number((await figure.textContent())?.split(' ')[0]?.replace(',', ''));

  await openSettings(page, mara);
  await startTraining(page, 'Start training · reserves 20,000 credits');
  await expectStatus(page, 'Ready');

  await page.goto(paths.operator({ days: 7, source: 'sandbox' }));
  // Other stories train at the same time, so at least this one is counted.
  expect(Number((await figure.textContent())?.split(' ')[0]?.replace(',', ''))).toBeGreaterThan(
    before,
  );
  // With something to draw, the page is accessible and fits.
  await expect(page.getByRole('figure').first().locator('svg').first()).toBeVisible();
  await page.getByText('The figures as a table').click();
  await expectGoodLooks(page, 'operator');
});
