import type { Page } from '@playwright/test';
import { paths } from '../lib/paths.ts';
import { expect, openSettings, panel, test } from './fixtures.ts';

const notLoaded = "Couldn't load this. Check your connection and try again.";

test('without a connection a press whose script is missing says so, and works when it is back', async ({
  page,
  context,
  creator,
}) => {
  const mara = await creator.influencer({ name: 'Mara', images: 6 });
  const broken = listenForErrors(page);
  await openSettings(page, mara);
  const danger = panel(page, 'Delete influencer');
  const button = danger.getByRole('button', { name: 'Delete…' });

  // Twice: what was refused once must not be refused for good.
  await context.setOffline(true);
  for (let press = 0; press < 2; press += 1) {
    await button.click();
    await expect(danger.getByRole('alert')).toHaveText(notLoaded);
    await expect(button).toBeFocused();
  }
  await context.setOffline(false);
  await button.click();
  await expect(page.getByRole('alertdialog', { name: 'Delete Mara?' })).toBeVisible();
  await expect(page.getByText(notLoaded)).toHaveCount(0);
  await page.keyboard.press('Escape');
  await expect(button).toBeFocused();

  // A picture in the studio, pressed before its sheet is at work.
  await page.goto(paths.studio(mara.id));
  const gallery = panel(page, 'Images');
  const drawn = gallery.locator('[data-key]').filter({ hasText: /^Image 3/ });
  const picture = gallery.locator(`[data-key="${await drawn.getAttribute('data-key')}"]`).first();
  await context.setOffline(true);
  await picture.click();
  await expect(gallery.getByRole('alert').filter({ hasText: notLoaded })).toBeVisible();
  await context.setOffline(false);
  await picture.click();
  await expect(page.getByRole('dialog', { name: 'Image 3' })).toBeVisible();
  await page.keyboard.press('Escape');
  expect(broken).toEqual([]);
});

test('without a connection signing out says that it did not work', async ({
  page,
  context,
  creator,
}) => {
  await creator.influencer({ name: 'Mara', images: 6 });
  const broken = listenForErrors(page);
  await page.goto(paths.influencers());
  await expect(page.getByRole('link', { name: 'Mara' }).first()).toBeVisible();
  await page.getByRole('button', { name: 'Account' }).click();
  const signOut = page.getByRole('button', { name: 'Sign out' });

  await context.setOffline(true);
  await signOut.click();
  await expect(
    page.getByText("Couldn't sign out. Check your connection and try again."),
  ).toBeVisible();
  await context.setOffline(false);
  await signOut.click();
  await expect(page).toHaveURL(/sign-in/);
  expect(broken).toEqual([]);
});

/** What broke on the page, the connection's own complaints aside. */
function listenForErrors(page: Page): string[] {
  const broken: string[] = [];
  page.on('pageerror', (error) => broken.push(String(error)));
  return broken;
}
