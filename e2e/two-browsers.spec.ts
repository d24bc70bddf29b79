import {
  booksOf,
  expect,
  expectBalance,
  expectSoundBooks,
  expectStatus,
  openSettings,
  panel,
  startTraining,
  test,
} from './fixtures.ts';

test('two browsers start one influencer at once: one training, and both see it', async ({
  page,
  browser,
  creator,
}) => {
  const mara = await creator.influencer({ name: 'Mara', images: 5 });
  const elsewhere = await browser.newContext();
  await creator.signIn(elsewhere);
  const pages = [page, await elsewhere.newPage()];
  for (const each of pages) await openSettings(each, mara);

  await Promise.all(
    pages.map((each) => startTraining(each, 'Start training · reserves 20,000 credits')),
  );
  const already = (each: typeof page) =>
    each.getByText('A training of this character is already under way.');
  await expect(async () => {
    const shown = await Promise.all(pages.map((each) => already(each).isVisible()));
    expect(shown.filter(Boolean)).toHaveLength(1);
  }).toPass({ timeout: 15_000 });

  for (const each of pages) {
    if (await already(each).isVisible()) {
      await each.getByRole('button', { name: 'See how it is doing' }).click();
    }
  }
  await Promise.all(pages.map((each) => expectStatus(each, 'Training Mara')));
  await Promise.all(pages.map((each) => expectStatus(each, 'Ready')));
  for (const each of pages) {
    await expect(panel(each, 'History').getByRole('row').filter({ hasText: 'Ready' })).toHaveCount(
      1,
    );
    await expectBalance(each, '80,000');
  }
  expect(await booksOf(creator)).toMatchObject({ trainings: 1, attempts: 1, lines: 3 });
  await expectSoundBooks();
  await elsewhere.close();
});
