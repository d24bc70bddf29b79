import { db } from '../lib/db.ts';
import { paths } from '../lib/paths.ts';
import { makePastTraining } from '../lib/testing/factories.ts';
import {
  type Creator,
  expect,
  expectNoSidewaysScroll,
  expectNotice,
  expectStatus,
  openSettings,
  panel,
  startTraining,
  test,
} from './fixtures.ts';
import { expectGoodLooks } from './good-looks.ts';

/** An influencer with so many trainings behind it, one a day, the newest yesterday. */
async function withHistory(creator: Creator, count: number) {
  const mara = await creator.influencer({ name: 'Mara', images: 5 });
  const who = { userId: creator.id, characterId: mara.id };
  for (let daysAgo = count; daysAgo >= 1; daysAgo -= 1) {
    const endedAt = new Date(Date.now() - daysAgo * 86_400_000);
    const { id } = await makePastTraining(who, { endedAt, minutes: 30 });
    await db().loraModel.update({ where: { id }, data: { createdAt: endedAt } });
  }
  return mara;
}

test('a training shows its samples and curves while it runs, and keeps them', async ({
  page,
  creator,
}) => {
  const mara = await creator.influencer({ name: 'Mara', images: 5 });
  await openSettings(page, mara);
  await page.getByRole('switch', { name: 'When half of a training is done' }).click();
  await startTraining(page, 'Start training · reserves 20,000 credits');
  const status = panel(page, 'LoRA training');
  const bar = status.getByRole('progressbar', { name: 'Training Mara' });
  await expect(bar).toHaveAttribute('aria-valuetext', /^Step [\d,]+ of 1,500, .+ left$/);
  await expect(status.locator('[aria-current=step]')).toHaveText('Training');
  const samples = status.getByRole('list', { name: 'Samples, newest first' });
  await expect(samples.getByRole('listitem').first()).toBeVisible();
  await expect(status.getByRole('img', { name: /^Loss: 0\.\d\d at step / })).toBeVisible();

  await expectStatus(page, 'Ready');
  await expectNotice(page, 'Mara’s training is at ');
  await page.keyboard.press('Escape');

  await test.step('its line opens by keyboard and has everything', async () => {
    const history = panel(page, 'History');
    const open = history.getByRole('button', { name: /^Details of the training on / });
    await open.focus();
    await page.keyboard.press('Enter');
    await expect(open).toHaveAttribute('aria-expanded', 'true');
    await expect(history.getByRole('heading', { name: '5 images used' })).toBeVisible();
    await expect(history.getByRole('heading', { name: '5 samples' })).toBeVisible();
    await expect(history.getByText(/^20,000\scredits reserved, /)).toBeVisible();
    await expect(history.getByText(/^Charged, /)).toBeVisible();
    await expect(history.getByText(/kept until/)).toBeVisible();
    await history.getByText('What this says, and the figures').click();
    const figures = history.getByRole('table', { name: 'Loss and pace by step' });
    await expect(figures.getByRole('row').last()).toContainText('1,500');
  });

  await test.step('a sample is enlarged, and the arrows go on to the others', async () => {
    await page.getByRole('button', { name: 'Enlarge sample at step 1,500' }).click();
    const dialog = page.getByRole('dialog', { name: 'Sample at step 1,500' });
    await expect(dialog.getByRole('img')).toHaveJSProperty('complete', true);
    await expect(dialog).toContainText('portrait in soft daylight');
    await expect(dialog).toContainText('Sandbox');
    await page.keyboard.press('ArrowRight');
    await expect(page.getByRole('dialog', { name: 'Sample at step 1,200' })).toBeVisible();
    await expectGoodLooks(page);
    await page.keyboard.press('Escape');
    await expect(page.getByRole('button', { name: 'Enlarge sample at step 1,500' })).toBeFocused();
  });

  await test.step('nothing sticks out on a phone', () => expectGoodLooks(page));
});

test('the one question after a training is answered by one press and can be changed', async ({
  page,
  creator,
}) => {
  const mara = await withHistory(creator, 1);
  await openSettings(page, mara);
  const status = panel(page, 'LoRA training');
  const question = status.getByRole('group', { name: 'Does Mara look more like Mara now?' });
  await question.getByRole('button', { name: 'Better' }).click();
  await expect(question.getByText('Thanks. You can change it.')).toBeVisible();
  await question.getByRole('button', { name: 'The same' }).click();
  await expect
    .poll(() => db().trainingFeedback.findMany({ where: { userId: creator.id } }))
    .toMatchObject([{ answer: 'same' }]);

  await page.reload();
  await expect(question.getByRole('button', { name: 'The same' })).toHaveAttribute(
    'aria-pressed',
    'true',
  );
  await expect(question.getByRole('button', { name: 'Better' })).toHaveAttribute(
    'aria-pressed',
    'false',
  );
});

test('the question can be waved away and is not asked again', async ({ page, creator }) => {
  const mara = await withHistory(creator, 1);
  await openSettings(page, mara);
  const question = panel(page, 'LoRA training').getByRole('group', { name: /^Does Mara look/ });
  await question.getByRole('button', { name: "Don't ask about this model" }).click();
  await expect(question).toBeHidden();
  await page.reload();
  await expectStatus(page, 'Ready');
  await expect(question).toBeHidden();
});

test('a long history has pages, each with an address of its own', async ({ page, creator }) => {
  const mara = await withHistory(creator, 23);
  await openSettings(page, mara);
  const history = panel(page, 'History');
  const lines = history.getByRole('button', { name: /^Details of the training on / });
  await expect(lines).toHaveCount(20);
  await expect(history.getByRole('table', { name: /^Trainings, newest first/ })).toBeVisible();
  await history.getByRole('link', { name: 'Older' }).click();
  await expect(history.getByText('Page 2 of 2', { exact: true })).toBeVisible();
  await expect(lines).toHaveCount(3);
  expect(new URL(page.url()).searchParams.get('page')).toBe('2');

  await page.reload();
  await expect(lines).toHaveCount(3);
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoSidewaysScroll(page);
  await history.getByRole('link', { name: 'Newer' }).click();
  await expect(lines).toHaveCount(20);
  for (const address of ['0', '-1', 'abc', '99']) {
    await page.goto(`${paths.settings(mara.id)}?page=${address}`);
    await expect(lines).toHaveCount(address === '99' ? 3 : 20);
  }
});

test('a removed model keeps its line and says where its file went', async ({ page, creator }) => {
  const mara = await withHistory(creator, 1);
  const { id } = await db().loraModel.findFirstOrThrow({ where: { characterId: mara.id } });
  await db().loraModel.update({
    where: { id },
    data: { expiresAt: new Date(), expiredAt: new Date() },
  });
  await openSettings(page, mara);
  const history = panel(page, 'History');
  await expect(history.getByRole('row').filter({ hasText: 'Removed' })).toHaveCount(1);
  await history.getByRole('button', { name: /^Details of the training on / }).click();
  await expect(history.getByText(/as it was not used for a long time/)).toBeVisible();
  const refused = await page.request.get(paths.download(mara.id, id, 'main'));
  expect(refused.status()).toBe(410);
  expect(await refused.json()).toMatchObject({ code: 'MODEL_EXPIRED' });
});

test('details that cannot be had say so and can be asked for again', async ({ page, creator }) => {
  const mara = await withHistory(creator, 1);
  await openSettings(page, mara);
  await page.route(/\/record$/, (route) => route.abort());
  const history = panel(page, 'History');
  await history.getByRole('button', { name: /^Details of the training on / }).click();
  const trouble = history.getByText("We can't show the rest right now. It is safe.");
  await expect(trouble).toBeVisible({ timeout: 30_000 });
  await page.unroute(/\/record$/);
  await history.getByRole('button', { name: 'Try again' }).click();
  await expect(history.getByRole('heading', { name: '5 images used' })).toBeVisible();
  await expect(trouble).toBeHidden();
});

test('a record and its samples are for their owner alone', async ({ page, creator, stranger }) => {
  const mine = await withHistory(creator, 1);
  const { id } = await db().loraModel.findFirstOrThrow({ where: { characterId: mine.id } });
  const read = () => page.request.get(paths.trainingRecord(mine.id, id));
  expect((await read()).status()).toBe(200);
  await page.context().clearCookies();
  expect((await read()).status()).toBe(401);
  await stranger.signIn(page.context());
  expect((await read()).status()).toBe(404);
  const sample = paths.sample(mine.id, id, id, 'full');
  expect((await page.request.get(sample)).status()).toBe(404);
});
