import type { Page } from '@playwright/test';
import { expect, expectAccessible, expectNoSidewaysScroll } from './fixtures.ts';

const themes = ['light', 'dark'] as const;
/** Axe reads each theme at the last of its widths. */
const widths = { light: [390, 820, 1440], dark: [1440, 820, 390] } as const;
const narrowest = 320;
const height = 900;
/** Nothing longer is worth a look in one piece. */
const longest = 9_000;
/** A photograph proves nothing by itself, so they are taken only for somebody to look at. */
const photographed = Boolean(process.env.ALL_SCREENS);

/**
 * Nothing scrolls sideways at any width, and axe finds nothing in either theme. What has a name is
 * photographed at every width in both themes when ALL_SCREENS is set.
 */
export async function expectGoodLooks(page: Page, name?: string): Promise<void> {
  const before = page.viewportSize();
  const place = await page.evaluate(
    () => scrollY / Math.max(1, document.documentElement.scrollHeight - innerHeight),
  );
  for (const width of [narrowest, ...widths.light]) {
    await page.setViewportSize({ width, height });
    await expectNoSidewaysScroll(page);
  }
  for (const colorScheme of themes) {
    await page.emulateMedia({ colorScheme });
    for (const width of photographed ? widths[colorScheme] : widths[colorScheme].slice(-1)) {
      await page.setViewportSize({ width, height });
      const path = `test-results/screens/${name}-${width}-${colorScheme}.png`;
      if (name && photographed) await photograph(page, path, place);
    }
    await expectAccessible(page);
  }
  if (before) await page.setViewportSize(before);
}

/**
 * Whole, so that what sticks to the window's edge is where it belongs; what lies over a page is not.
 * What is too long is shown at `place`: of 1, how far down it was found.
 */
async function photograph(page: Page, path: string, place: number): Promise<void> {
  const { width } = page.viewportSize() ?? { width: 1440 };
  const pageHeight = await page.evaluate(() =>
    document.querySelector('dialog[open], [popover]:popover-open')
      ? 0
      : document.documentElement.scrollHeight,
  );
  const whole = pageHeight > height && pageHeight <= longest;
  if (whole) await page.setViewportSize({ width, height: pageHeight });
  await page.evaluate(
    (share) => scrollTo(0, share * (document.documentElement.scrollHeight - innerHeight)),
    place,
  );
  await expect.poll(() => page.evaluate(picturesUnderWay)).toEqual([]);
  await page.screenshot({ path, animations: 'disabled' });
  if (whole) await page.setViewportSize({ width, height });
}

/** Pictures in the window that have neither come nor failed. */
function picturesUnderWay(): string[] {
  return [...document.images]
    .filter((image) => {
      const { top, bottom } = image.getBoundingClientRect();
      return bottom > 0 && top < innerHeight && !image.complete;
    })
    .map(({ src }) => src);
}
