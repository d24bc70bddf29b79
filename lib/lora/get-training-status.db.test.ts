import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { db } from '../db.ts';
import { DomainError } from '../errors.ts';
import { countQueries } from '../testing/count-queries.ts';
import { makeCharacter, makePastTraining, makeUser } from '../testing/factories.ts';
import { getTrainingStatus } from './get-training-status.ts';

describe('getTrainingStatus', () => {
  it('answers from one query, however much there is', async () => {
    const user = await makeUser({ credits: 7_000 });
    const character = await makeCharacter(user);
    const who = { userId: user.id, characterId: character.id };
    for (let daysAgo = 5; daysAgo >= 1; daysAgo -= 1) {
      const { id } = await makePastTraining(who);
      const createdAt = new Date(Date.now() - daysAgo * 86_400_000);
      await db().loraModel.update({ where: { id }, data: { createdAt } });
    }
    const newest = await makePastTraining(who, { status: 'failed', reason: 'GPU_OUT_OF_MEMORY' });
    let status = await getTrainingStatus(user.id, character.id);
    const queries = await countQueries(async () => {
      status = await getTrainingStatus(user.id, character.id);
    });
    expect(queries).toBe(1);
    expect(status).toMatchObject({
      current: { id: newest.id, status: 'failed', failure: { reason: 'GPU_OUT_OF_MEMORY' } },
      balance: { totalCredits: 7_000, reservedCredits: 0, availableCredits: 7_000 },
    });
  });

  it('says null before the first training', async () => {
    const user = await makeUser({ credits: 7_000 });
    const character = await makeCharacter(user);
    expect(await getTrainingStatus(user.id, character.id)).toMatchObject({
      current: null,
      balance: { totalCredits: 7_000 },
    });
  });

  it('knows nothing of what is somebody else’s or not there', async () => {
    const [user, other] = [await makeUser(), await makeUser()];
    const theirs = await makeCharacter(other);
    await makePastTraining({ userId: other.id, characterId: theirs.id });
    for (const id of [theirs.id, randomUUID()]) {
      await expect(getTrainingStatus(user.id, id)).rejects.toEqual(new DomainError('NOT_FOUND'));
    }
  });
});
