import { describe, expect, it } from 'vitest';
import { db } from '../db.ts';
import { withOutside } from '../testing/outside.ts';
import { findings, makeStage, worker } from '../testing/training-stage.ts';
import { autoStartTraining } from './auto-start-training.ts';
import { savePreferences } from './save-preferences.ts';

withOutside();

async function agreed(options: Parameters<typeof makeStage>[0], agreedPriceCredits: number | null) {
  const stage = await makeStage(options);
  await db().character.update({ where: { id: stage.character.id }, data: { agreedPriceCredits } });
  await db().consent.create({
    data: { characterId: stage.character.id, kind: 'synthetic', wordingVersion: 1 },
  });
  return stage;
}

async function trainings(characterId: string) {
  return db().loraModel.findMany({ where: { characterId } });
}

async function notices(userId: string) {
  const rows = await db().notification.findMany({ where: { userId } });
  return rows.map(({ type, body }) => ({ type, body }));
}

describe('autoStartTraining (D11)', () => {
  it('starts what was agreed to, once, however often the job runs', async () => {
    const stage = await agreed({}, 22_000);
    const input = { characterId: stage.character.id };
    await Promise.all([autoStartTraining(worker(), input), autoStartTraining(worker(), input)]);
    await autoStartTraining(worker(5), input);
    expect(await trainings(stage.character.id)).toMatchObject([
      { status: 'pending', costCredits: 22_000, startedBy: 'profile-set', imageCount: 7 },
    ]);
    expect(await notices(stage.user.id)).toMatchObject([{ type: 'lora.training.started' }]);
    expect(await findings()).toEqual([]);
  });

  it.each([
    ['the price is higher than agreed', {}, 21_999, 'price changed'],
    ['credits are short', { credits: 1_000 }, 22_000, 'not enough credits'],
  ] as const)('reserves nothing and says why when %s', async (_what, options, price, words) => {
    const stage = await agreed(options, price);
    await autoStartTraining(worker(), { characterId: stage.character.id });
    await autoStartTraining(worker(1), { characterId: stage.character.id });
    expect(await trainings(stage.character.id)).toEqual([]);
    const told = await notices(stage.user.id);
    expect(told).toMatchObject([{ type: 'lora.training.not-started' }]);
    expect(told[0]?.body).toContain(words);
    expect((await stage.balance()).reservedCredits).toBe(0);
  });

  it('starts nothing that was switched off or never agreed to', async () => {
    const off = await agreed({}, 22_000);
    await savePreferences(off.ctx(), { characterId: off.character.id, loraTrainingEnabled: false });
    const manual = await agreed({}, 22_000);
    await savePreferences(manual.ctx(), {
      characterId: manual.character.id,
      loraTrainingAutoStart: false,
    });
    const never = await agreed({}, null);
    for (const { character, user } of [off, manual, never]) {
      await autoStartTraining(worker(), { characterId: character.id });
      expect(await trainings(character.id)).toEqual([]);
      expect(await notices(user.id)).toEqual([]);
    }
  });
});
