import { describe, expect, it } from 'vitest';
import { creatorContext } from '../context.ts';
import { db } from '../db.ts';
import { makeCharacter, makePastTraining, makeUser } from '../testing/factories.ts';
import { getTrainingStatus } from './get-training-status.ts';
import { giveFeedback } from './give-feedback.ts';

async function trained(status: 'ready' | 'failed' | 'cancelled' = 'ready') {
  const user = await makeUser();
  const character = await makeCharacter(user);
  const { id: loraModelId } = await makePastTraining(
    { userId: user.id, characterId: character.id },
    { status },
  );
  const shown = async () =>
    (await getTrainingStatus(user.id, character.id)).current?.feedback ?? null;
  return { user, loraModelId, shown };
}

const rows = (loraModelId: string) => db().trainingFeedback.findMany({ where: { loraModelId } });

describe('giveFeedback', () => {
  it('takes one answer a training; the same again and another one are still one', async () => {
    const { user, loraModelId, shown } = await trained();
    const ctx = creatorContext(user.id, new Date('2026-03-12T12:00:00Z'));
    expect(await shown()).toBeNull();
    await giveFeedback(ctx, { loraModelId, answer: 'better' });
    await giveFeedback(ctx, { loraModelId, answer: 'better' });
    expect(await shown()).toBe('better');
    const changedAt = new Date('2026-03-13T12:00:00Z');
    await giveFeedback(creatorContext(user.id, changedAt), { loraModelId, answer: 'worse' });
    expect(await rows(loraModelId)).toMatchObject([
      { userId: user.id, answer: 'worse', createdAt: changedAt },
    ]);
  });

  it('ends with one answer when several come at once', async () => {
    const { user, loraModelId, shown } = await trained();
    const answers = ['better', 'same', 'worse', 'better', 'same'] as const;
    await Promise.all(
      answers.map((answer) => giveFeedback(creatorContext(user.id), { loraModelId, answer })),
    );
    expect(await rows(loraModelId)).toHaveLength(1);
    expect(answers).toContain(await shown());
  });

  it.each(['failed', 'cancelled'] as const)(
    'asks nothing of a training that is %s',
    async (end) => {
      const { user, loraModelId } = await trained(end);
      await expect(
        giveFeedback(creatorContext(user.id), { loraModelId, answer: 'same' }),
      ).rejects.toMatchObject({ code: 'NO_MODEL_YET' });
      expect(await rows(loraModelId)).toEqual([]);
    },
  );

  it('is not for somebody else', async () => {
    const { loraModelId } = await trained();
    const stranger = await makeUser();
    await expect(
      giveFeedback(creatorContext(stranger.id), { loraModelId, answer: 'worse' }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await rows(loraModelId)).toEqual([]);
  });
});
