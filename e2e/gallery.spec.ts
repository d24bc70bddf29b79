import type { ConsoleMessage } from '@playwright/test';
import { catalogue, groupNames } from '../components/gallery/catalogue.ts';
import { expect, test } from './fixtures.ts';
import { expectGoodLooks } from './good-looks.ts';

test('the gallery lists every state', async ({ page }) => {
  await page.goto('/gallery');
  const listed = await page
    .getByRole('main')
    .getByRole('link')
    .evaluateAll((links) => links.map((link) => link.getAttribute('href')));
  const expected = groupNames.flatMap((group) =>
    catalogue[group].map((state) => `/gallery/${group}/${state}`),
  );
  expect(listed).toEqual(expected);
  const nowhere = await page.goto('/gallery/settings/of-the-mind');
  expect(nowhere?.status()).toBe(404);
});

for (const group of groupNames) {
  test(`every state of ${group} looks right in both themes`, async ({ page }) => {
    test.setTimeout(60_000 + 20_000 * catalogue[group].length);
    const troubles: string[] = [];
    const noteError = (message: ConsoleMessage) => {
      if (message.type() === 'error') troubles.push(message.text());
    };
    page.on('console', noteError);
    page.on('pageerror', (error) => troubles.push(String(error)));

    for (const state of catalogue[group]) {
      await test.step(state, async () => {
        await page.setViewportSize({ width: 390, height: 900 });
        await page.goto(`/gallery/${group}/${state}`);
        // Whatever waits for a sign of life may come, once it is there to see it.
        await expect(page.locator('[data-gallery]')).toBeVisible();
        await page.mouse.move(2, 2);
        await page.mouse.move(3, 3);
        await expect(page.locator('[data-gallery=ready]')).toBeVisible();
        await expectGoodLooks(page, `gallery-${group}-${state}`);
        expect(troubles, `the console at ${state}`).toEqual([]);
      });
    }
  });
}
