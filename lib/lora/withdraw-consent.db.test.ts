import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { creatorContext } from '../context.ts';
import { db } from '../db.ts';
import { makeUser } from '../testing/factories.ts';
import { withOutside } from '../testing/outside.ts';
import { makeStage } from '../testing/training-stage.ts';
import { getTrainingPanel } from './get-training-panel.ts';
import { withdrawConsent } from './withdraw-consent.ts';

withOutside();

describe('withdrawConsent', () => {
  it('deletes the record, and the next training asks anew', async () => {
    const stage = await makeStage();
    const characterId = stage.character.id;
    await db().consent.create({ data: { characterId, kind: 'self', wordingVersion: 1 } });
    await db().character.update({
      where: { id: characterId },
      data: { agreedPriceCredits: 22_000, agreedAt: new Date() },
    });
    expect((await getTrainingPanel(stage.user.id, characterId)).character.consent).toMatchObject({
      kind: 'self',
    });

    await withdrawConsent(stage.ctx(), { characterId });
    await withdrawConsent(stage.ctx(1), { characterId });
    const { character } = await getTrainingPanel(stage.user.id, characterId);
    expect(character).toMatchObject({ consent: null, consentGiven: false });
    expect(await db().character.findUnique({ where: { id: characterId } })).toMatchObject({
      agreedPriceCredits: null,
      agreedAt: null,
    });
    await expect(stage.start({ consent: null })).rejects.toMatchObject({ code: 'CONSENT_NEEDED' });
    await stage.start({ consent: 'permitted' });
  });

  it('is refused while a training that was started with it is open', async () => {
    const stage = await makeStage();
    const { loraModelId } = await stage.start();
    await expect(
      withdrawConsent(stage.ctx(1), { characterId: stage.character.id }),
    ).rejects.toMatchObject({ code: 'TRAINING_OPEN', details: { loraModelId } });
    expect(await db().consent.count({ where: { characterId: stage.character.id } })).toBe(1);
  });

  it("answers NOT_FOUND for somebody else's character, and leaves it", async () => {
    const stage = await makeStage();
    const characterId = stage.character.id;
    await db().consent.create({ data: { characterId, kind: 'self', wordingVersion: 1 } });
    const stranger = creatorContext((await makeUser()).id);
    for (const id of [characterId, randomUUID()]) {
      await expect(withdrawConsent(stranger, { characterId: id })).rejects.toMatchObject({
        code: 'NOT_FOUND',
      });
    }
    expect(await db().consent.count({ where: { characterId } })).toBe(1);
  });
});
