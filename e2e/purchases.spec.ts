import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { systemContext } from '../lib/context.ts';
import { settlePurchase } from '../lib/credits/settle-purchase.ts';
import { db } from '../lib/db.ts';
import { paths } from '../lib/paths.ts';
import { makePaidTraining } from '../lib/testing/paid-training.ts';
import { type Creator, expect, expectBalance, expectSoundBooks, panel, test } from './fixtures.ts';
import { expectGoodLooks } from './good-looks.ts';

/** Mara with a charged, a failed and an open training; Iris with a cancelled one. */
async function makeHistory(creator: Creator) {
  const mara = await creator.influencer({ name: 'Mara', images: 7, stored: false });
  const iris = await creator.influencer({ name: 'Iris', images: 5, stored: false });
  await makePaidTraining(mara, { status: 'ready' });
  await makePaidTraining(iris, { status: 'cancelled', imageCount: 5 });
  await makePaidTraining(mara, { status: 'failed', failureReason: 'GPU_UNAVAILABLE' });
  await makePaidTraining(mara, { status: 'pending' });
  return { mara, iris };
}

/** A purchase whose payment page was opened and not paid. */
async function makePending(creator: Creator) {
  const account = await db().creditAccount.findUniqueOrThrow({ where: { userId: creator.id } });
  return db().purchase.create({
    data: {
      userId: creator.id,
      accountId: account.id,
      requestId: randomUUID(),
      packageId: 'v1-60000',
      credits: 60_000,
      amountCents: 5_700,
      currency: 'usd',
      provider: 'stripe',
      externalId: `cs_test_${randomUUID()}`,
    },
  });
}

const historyRows = (page: Page) => panel(page, 'History').locator('tbody tr:visible');

test('every charge explained: a reservation and how it ended, with the balance running on', async ({
  page,
  creator,
}) => {
  await makeHistory(creator);
  await page.goto(paths.credits());
  await expect(page.getByText('Balance: 78,000 (22,000 reserved)')).toBeVisible();
  await expect(page.getByText('56,000 to spend. What is reserved')).toBeVisible();
  await expectBalance(page, '78,000 (22,000 reserved)');
  await expect(historyRows(page)).toHaveCount(5);

  const open = historyRows(page).nth(0);
  await expect(open).toContainText('Reserved for Mara, 7 images, Z-Image Turbo');
  await expect(open).toContainText('Still reserved');
  await expect(open).toContainText('78,000 (22,000 reserved)');
  const charged = historyRows(page).nth(3);
  await expect(charged).toContainText('−22,000');
  await expect(charged).toContainText('78,000');

  const details = page.getByRole('button', { name: /^Details of reserved for Mara/ }).nth(1);
  await details.focus();
  await expect(details).toHaveAttribute('aria-expanded', 'false');
  await page.keyboard.press('Enter');
  await expect(details).toHaveAttribute('aria-expanded', 'true');
  const steps = historyRows(page).nth(2).getByRole('listitem');
  await expect(steps.nth(0)).toContainText(/^Reserved 22,000, .*56,000 to spend$/);
  await expect(steps.nth(1)).toContainText(
    /^Released 22,000, .*The training failed: no GPU was free in time\..*78,000 to spend$/,
  );
  await expectGoodLooks(page);
  await steps.getByRole('link', { name: 'See Mara’s trainings' }).click();
  await expect(page.getByRole('heading', { name: 'Mara', level: 1 })).toBeVisible();
});

test('the history is filtered in the address, and exported exactly as filtered', async ({
  page,
  creator,
}) => {
  const { mara } = await makeHistory(creator);
  await page.goto(paths.credits());
  await page.getByRole('combobox', { name: 'Influencer' }).selectOption('Mara');
  await page.getByRole('combobox', { name: 'Kind' }).selectOption('Released');
  await page.getByRole('button', { name: 'Filter', exact: true }).click();
  await expect(page).toHaveURL(/kind=release/);
  await expect(page).toHaveURL(new RegExp(`character=${mara.id}`));
  await expect(historyRows(page)).toHaveCount(1);
  await page.reload();
  await expect(page.getByRole('combobox', { name: 'Influencer' })).toHaveValue(mara.id);
  await expect(page.getByRole('combobox', { name: 'Kind' })).toHaveValue('release');
  await expect(historyRows(page)).toHaveCount(1);

  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download CSV' }).click();
  const file = await download;
  expect(file.suggestedFilename()).toMatch(/^likeness-credits-\d{4}-\d\d-\d\d\.csv$/);
  const csv = await readFile(await file.path(), 'utf8');
  const rows = csv.trimEnd().split('\r\n');
  expect(csv.startsWith('\u{feff}Line,Date (UTC),Event,')).toBe(true);
  expect(rows).toHaveLength(3);
  expect(rows[1]).toContain(',Released,Mara,"7 images, Z-Image Turbo",');
  expect(rows[2]).toContain(',Reserved,Mara,"7 images, Z-Image Turbo",');

  await page.getByRole('combobox', { name: 'Kind' }).selectOption('Added');
  await page.getByRole('button', { name: 'Filter', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Nothing fits this filter' })).toBeVisible();
  await expectGoodLooks(page);
  await page.getByRole('link', { name: 'Show everything' }).click();
  await expect(historyRows(page)).toHaveCount(5);
  await expect(page.getByRole('combobox', { name: 'Kind' })).toHaveValue('');
});

test('on paper every reservation is open and nothing can be pressed', async ({ page, creator }) => {
  await makeHistory(creator);
  await page.goto(paths.credits());
  await expect(historyRows(page)).toHaveCount(5);
  await page.emulateMedia({ media: 'print' });
  await expect(historyRows(page)).toHaveCount(9);
  await expect(page.getByRole('table').getByText('The training was cancelled.')).toBeVisible();
  await expect(page.getByRole('button')).toHaveCount(0);
  await expect(page.getByRole('link', { name: 'Buy credits' })).toBeHidden();
});

test.describe('with nothing', () => {
  test.use({ credits: 0 });

  test('a test purchase by keyboard alone', async ({ page, creator }) => {
    expect(creator.id).toBeTruthy();
    await page.goto(paths.credits());
    await expect(page.getByText('Balance: 0', { exact: true })).toBeVisible();
    await expect(page.getByRole('heading', { name: 'Nothing has moved yet' })).toBeVisible();
    await expectGoodLooks(page);
    await page.getByRole('link', { name: 'Buy credits' }).press('Enter');
    await expect(page.getByText('Test purchase. No money moves.')).toBeVisible();
    const proposed = page.getByRole('radio', { name: /^25,000\scredits/ });
    await expect(proposed).toBeChecked();
    await proposed.press('ArrowDown');
    await expect(page.getByRole('radio', { name: /^60,000\scredits/ })).toBeChecked();
    await page.keyboard.press('Tab');
    await expect(page.getByRole('button', { name: 'Buy 60,000 credits for $57' })).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(page.getByText('60,000 credits added. Balance: 60,000.')).toBeVisible();
    await expectBalance(page, '60,000');
    await expectGoodLooks(page);
    await page.goto(paths.credits());
    await expect(historyRows(page)).toHaveCount(1);
    await expect(historyRows(page).first()).toContainText('Test purchase for $57, no money moved');
    await expect(historyRows(page).first()).toContainText('+60,000');
    await expectSoundBooks();
  });

  test('ten presses buy once', async ({ page, creator }) => {
    await page.goto(paths.buyCredits());
    const buy = page.getByRole('button', { name: 'Buy 25,000 credits for $25' });
    await buy.evaluate((button: HTMLButtonElement) => {
      for (let press = 1; press <= 10; press += 1) button.click();
    });
    await expect(page.getByText('25,000 credits added. Balance: 25,000.')).toBeVisible();
    await expectBalance(page, '25,000');
    expect(await db().purchase.count({ where: { userId: creator.id } })).toBe(1);
  });

  test('a lost connection loses nothing: pressing again is the same purchase', async ({
    page,
    creator,
  }) => {
    await page.goto(paths.buyCredits());
    const buy = page.getByRole('button', { name: 'Buy 25,000 credits for $25' });
    // It arrives and is done; only the answer is lost.
    await page.route('**/credits/buy', async (route) => {
      if (route.request().method() !== 'POST') return route.continue();
      await route.fetch();
      await route.abort();
    });
    await buy.click();
    await expect(page.getByText('Likeness could not be reached.')).toBeVisible();
    await page.unroute('**/credits/buy');
    await buy.click();
    await expect(page.getByText('25,000 credits added. Balance: 25,000.')).toBeVisible();
    expect(await db().purchase.count({ where: { userId: creator.id } })).toBe(1);
  });

  test('more than one package holds: the largest, and it says so', async ({ page, creator }) => {
    expect(creator.id).toBeTruthy();
    await page.goto(paths.buyCredits({ missing: 400_000, back: '/influencer?from=here' }));
    await expect(page.getByText('You need 400,000 more credits.')).toBeVisible();
    await expect(page.getByText(/^The largest package has 150,000\scredits/)).toBeVisible();
    await expect(page.getByRole('radio', { name: /^150,000\scredits/ })).toBeChecked();
    await expect(page.getByRole('link', { name: 'Back to where you were' })).toHaveAttribute(
      'href',
      '/influencer?from=here',
    );
  });
});

test('a payment under way is pending, not added, and settles under the creator’s eyes', async ({
  page,
  creator,
}) => {
  const purchase = await makePending(creator);
  await page.goto(paths.credits());
  const pending = page.getByRole('region', { name: 'Pending payments' });
  await expect(pending).toContainText('Payment pending: 60,000 credits for $57');
  await expectBalance(page, '100,000');
  await expectGoodLooks(page);
  // There is no payment provider here to ask.
  await pending.getByRole('button', { name: 'Continue with 60,000 credits for $57' }).click();
  await expect(page.getByText('Credits cannot be bought here right now.')).toBeVisible();

  await page.goto(`${paths.buyCredits({ back: '/influencer' })}&purchase=${purchase.id}`);
  await expect(page.getByText('Payment pending: 60,000 credits for $57')).toBeVisible();
  await expectGoodLooks(page);
  await settlePurchase(systemContext('worker'), purchase.id, {
    purchaseId: purchase.id,
    externalId: purchase.externalId ?? '',
    state: 'paid',
    amountCents: 5_700,
    currency: 'usd',
  });
  await expect(page.getByText('60,000 credits added. Balance: 160,000.')).toBeVisible({
    timeout: 60_000,
  });
  await expectBalance(page, '160,000');
  await page.getByRole('link', { name: 'Go back and use them' }).click();
  await expect(page).toHaveURL(/\/influencer$/);
  await expectSoundBooks();
});

test('a payment that was not completed says so', async ({ page, creator }) => {
  const purchase = await makePending(creator);
  await settlePurchase(systemContext('worker'), purchase.id, {
    purchaseId: purchase.id,
    externalId: purchase.externalId ?? '',
    state: 'expired',
    amountCents: 5_700,
    currency: 'usd',
  });
  await page.goto(`${paths.buyCredits()}?purchase=${purchase.id}`);
  await expect(
    page.getByText('This payment was not completed. No credits were added.'),
  ).toBeVisible();
  await expectGoodLooks(page);
});

test('nobody sees another’s purchase, nor exports another’s lines', async ({
  page,
  creator,
  stranger,
}) => {
  expect(creator.id).toBeTruthy();
  const purchase = await makePending(stranger);
  const theirs = await stranger.influencer({ name: 'Theirs', images: 5, stored: false });
  await makePaidTraining(theirs, { status: 'ready', imageCount: 5 });
  await page.goto(`${paths.buyCredits()}?purchase=${purchase.id}`);
  await expect(page.getByRole('heading', { name: 'Buy credits', level: 1 })).toBeVisible();
  await expect(page.getByText('Payment pending')).toHaveCount(0);
  await page.goto(`${paths.credits()}?character=${theirs.id}`);
  await expect(page.getByRole('heading', { name: 'Nothing fits this filter' })).toBeVisible();
  const response = await page.request.get(paths.creditsExport({ character: theirs.id }));
  expect(response.headers()['content-type']).toBe('text/csv; charset=utf-8');
  expect((await response.text()).trimEnd().split('\r\n')).toHaveLength(1);
});

test('an address with nonsense shows the page without it', async ({ page, creator }) => {
  await makeHistory(creator);
  const nonsense = 'kind=x&kind=y&character=../../x&before=-1&back=https://evil.example';
  await page.goto(`${paths.credits()}?${nonsense}`);
  await expect(historyRows(page)).toHaveCount(5);
  await expect(page.getByRole('link', { name: 'Back to where you were' })).toHaveCount(0);
  await page.goto(`${paths.buyCredits()}?missing=1e9&purchase=x&back=//evil.example`);
  await expect(page.getByRole('radio', { name: /^25,000\scredits/ })).toBeChecked();
  await expect(page.getByText(/more credits/)).toHaveCount(0);
});

test('signed out there is no export, and without payments no webhook', async ({ request }) => {
  expect((await request.get(paths.creditsExport())).status()).toBe(401);
  const event = { type: 'checkout.session.completed' };
  const response = await request.post('/api/webhooks/stripe', {
    data: event,
    headers: { 'stripe-signature': 't=1,v1=00' },
  });
  expect(response.status()).toBe(404);
});
