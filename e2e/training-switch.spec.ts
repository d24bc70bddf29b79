import { systemContext } from '../lib/context.ts';
import { db } from '../lib/db.ts';
import { resumeTrainings } from '../lib/lora/pause-trainings.ts';
import { paths } from '../lib/paths.ts';
import { expect, expectAccessible, openSettings, panel, startTraining, test } from './fixtures.ts';

test.afterEach(() => resumeTrainings(systemContext('operator'), { by: 'the end of the story' }));

test('an operator stops new trainings for everybody, by keyboard, and lets them go on', async ({
  page,
  creator,
}) => {
  const mara = await creator.influencer({ name: 'Mara', images: 5 });
  const { email } = await db().user.update({
    where: { id: creator.id },
    data: { role: 'operator' },
  });
  await page.goto(paths.operator());
  const trainings = panel(page, 'New trainings');
  const dialog = page.getByRole('dialog', { name: 'Pause new trainings?' });
  const pause = trainings.getByRole('button', { name: 'Pause new trainings' });

  // Escape leaves everything as it is; a pause without a reason is none.
  await pause.press('Enter');
  await expect(dialog).toContainText('What runs goes on.');
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(pause).toBeFocused();
  await pause.press('Enter');
  await expect(dialog.getByLabel('Reason')).toBeFocused();
  await dialog.getByRole('button', { name: 'Pause trainings' }).press('Enter');
  await expect(dialog.getByLabel('Reason')).toBeFocused();
  await expect(dialog.getByText('Say why, for whoever looks next.')).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.type('The provider raised its price');
  await page.keyboard.press('Enter');
  await expect(dialog).toBeHidden();
  await expect(trainings.getByRole('status')).toContainText(
    `by ${email}: The provider raised its price`,
  );
  const resume = trainings.getByRole('button', { name: 'Let trainings go on' });
  await expect(resume).toBeFocused();
  await expectAccessible(page);

  const start = 'Start training · reserves 20,000 credits';
  await openSettings(page, mara);
  await startTraining(page, start);
  await expect(page.getByText('New trainings are paused for the moment.')).toBeVisible();

  await page.goto(paths.operator());
  await resume.press('Enter');
  const question = page.getByRole('alertdialog', { name: 'Let trainings go on?' });
  await expect(question.getByRole('button', { name: 'Stay paused' })).toBeFocused();
  await question.getByRole('button', { name: 'Let them go on' }).press('Enter');
  await expect(trainings.getByRole('status')).toHaveText(
    'Trainings start as creators ask for them.',
  );
  await openSettings(page, mara);
  await startTraining(page, start);
  await expect(page.getByRole('button', { name: 'Cancel training' })).toBeVisible();
  const turned = { userId: creator.id, kind: { startsWith: 'trainings.' } };
  const acts = await db().act.findMany({ where: turned, orderBy: { id: 'asc' } });
  expect(acts.map(({ kind }) => kind)).toEqual(['trainings.paused', 'trainings.resumed']);
});
