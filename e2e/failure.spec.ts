import {
  expect,
  expectBalance,
  expectNotice,
  expectPlainWords,
  expectSoundBooks,
  expectStatus,
  openSettings,
  panel,
  startTraining,
  test,
} from './fixtures.ts';

test('a failure gives the credits back and the next tries are free, three times', async ({
  page,
  creator,
}) => {
  const otto = await creator.influencer({ name: 'Oom Otto', images: 5 });
  await openSettings(page, otto);
  await startTraining(page, 'Start training · reserves 20,000 credits');
  await expectBalance(page, '100,000 (20,000 reserved)');

  await expectStatus(page, 'Training failed');
  const status = panel(page, 'LoRA training');
  await expect(status).toContainText(
    /The GPU ran out of memory\. 20,000\scredits are back\. Your next try is free until \d+\u00a0\w+/,
  );
  await expectBalance(page, '100,000');
  await expectNotice(
    page,
    'Oom Otto’s training failed',
    'The GPU ran out of memory. 20,000 credits are back. Retry for free in settings.',
  );
  await page.keyboard.press('Escape');

  await status.getByRole('button', { name: 'What happened' }).click();
  const history = panel(page, 'History');
  await expect(history).toContainText('It was not your doing.');
  await expect(history).toContainText('Released, back in the balance');
  await expectPlainWords(page);

  const failures = history.getByRole('row').filter({ hasText: 'Failed' });
  await expect(failures).toHaveCount(1);
  for (const retry of [1, 2, 3]) {
    await status.getByRole('button', { name: 'Try again for free' }).click();
    await expect(failures).toHaveCount(retry + 1);
    await expectStatus(page, 'Training failed');
    await expect(status).toContainText('The GPU ran out of memory. Nothing was charged.');
    await expectBalance(page, '100,000');
  }

  // The chain ends: the next training has its price again.
  await expect(status.getByRole('button', { name: 'Try again for free' })).toHaveCount(0);
  await expect(status.getByRole('button', { name: 'Train again' })).toBeVisible();
  await expect(
    page.getByRole('button', { name: 'Start training · reserves 20,000 credits' }),
  ).toBeVisible();
  await expect(failures.filter({ hasText: 'Free' })).toHaveCount(3);
  await expectPlainWords(page);
  await expectSoundBooks();
});
