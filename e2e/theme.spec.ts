import { paths } from '../lib/paths.ts';
import { expect, test } from './fixtures.ts';

test('the theme changes at one press, and nothing fades from one into the other', async ({
  page,
  creator,
}) => {
  await creator.influencer({ name: 'Mara', images: 6 });
  await page.goto(paths.influencers());
  await page.getByRole('button', { name: 'Account' }).click();
  await expect(page.getByRole('radio', { name: 'As the system' })).toBeChecked();
  const root = page.locator('html');
  await root.evaluate((html) => {
    document.addEventListener('transitionrun', ({ propertyName }) => {
      if (propertyName.endsWith('color')) html.dataset.faded = propertyName;
    });
  });
  // By hand, and by the system.
  await page.getByRole('radio', { name: 'Dark', exact: true }).press(' ');
  await expect(root).toHaveAttribute('data-theme', 'dark');
  await page.getByRole('radio', { name: 'As the system' }).press(' ');
  await expect(root).toHaveAttribute('data-theme', 'light');
  await page.emulateMedia({ colorScheme: 'dark' });
  await expect(root).toHaveAttribute('data-theme', 'dark');
  await root.evaluate(() => new Promise(requestAnimationFrame));
  await expect(root).not.toHaveAttribute('data-faded');
  await expect(root).not.toHaveAttribute('data-still');
  await page.getByRole('radio', { name: 'Light', exact: true }).press(' ');
  await page.reload();
  await expect(root).toHaveAttribute('data-theme', 'light');
});
