import { beforeEach, describe, expect, it, vi } from 'vitest';
import { db, inTransaction } from '../db.ts';
import { store } from '../storage/store.ts';
import { withOutside } from '../testing/outside.ts';
import { attemptOf, finishJob, later, makeStage, worker } from '../testing/training-stage.ts';
import { expireModels } from './expire-models.ts';
import { getTrainingHistory } from './get-training-history.ts';
import { linkLoraFile } from './link-lora-file.ts';
import { observeAttempt } from './observe-attempt.ts';
import { submitAttempt } from './submit-attempt.ts';
import { touchModel } from './touch-model.ts';

const outside = withOutside();
const day = 86_400;
beforeEach(async () => {
  // Models of earlier tests are none of the housekeeping's business here.
  await db().loraModel.updateMany({ data: { expiresAt: null } });
});

/** A model that was ready ten seconds after noon. */
async function ready() {
  const stage = await makeStage();
  const { loraModelId } = await stage.start();
  const { id: attemptId } = await attemptOf(loraModelId);
  await submitAttempt(worker(), { attemptId });
  const job = [...outside.gpu.jobs.values()].at(-1);
  if (!job) throw new Error('nothing was submitted');
  const { key } = await finishJob(outside.gpu, job);
  await observeAttempt(worker(10), { attemptId });
  const notices = () =>
    db()
      .notification.findMany({
        where: { subjectId: loraModelId, type: { startsWith: 'lora.model.' } },
        orderBy: { type: 'asc' },
      })
      .then((all) => all.map(({ type }) => type));
  const model = () => db().loraModel.findUniqueOrThrow({ where: { id: loraModelId } });
  const download = (seconds: number, userId = stage.user.id) =>
    linkLoraFile(
      userId,
      { characterId: stage.character.id, loraModelId, role: 'main' },
      later(seconds),
    );
  return { stage, loraModelId, key, notices, model, download };
}

describe('a model that nobody uses (D13)', () => {
  it('is warned about 14 and 3 days before, once each, and removed after 180', async () => {
    const { stage, loraModelId, key, notices, model, download } = await ready();
    await expireModels(worker(160 * day));
    expect(await notices()).toEqual([]);
    for (const at of [166 * day + 20, 170 * day, 176 * day]) await expireModels(worker(at));
    expect(await notices()).toEqual(['lora.model.expiring']);
    await expireModels(worker(178 * day));
    await expireModels(worker(179 * day));
    expect(await notices()).toEqual(['lora.model.expiring', 'lora.model.expiring-soon']);
    expect(await store().head(key)).not.toBeNull();

    expect(await expireModels(worker(180 * day + 20))).toMatchObject({ expired: 1, removed: 1 });
    expect(await store().head(key)).toBeNull();
    expect(await model()).toMatchObject({
      status: 'ready',
      expiredAt: later(180 * day + 20),
      modelPath: key,
    });
    expect(await notices()).toEqual(['lora.model.expired']);
    await expect(download(180 * day + 30)).rejects.toMatchObject({
      code: 'MODEL_EXPIRED',
      details: { unusedDays: 180 },
    });
    const { trainings } = await getTrainingHistory(stage.user.id, stage.character.id);
    expect(trainings).toMatchObject([
      {
        id: loraModelId,
        status: 'ready',
        files: [],
        expiredAt: later(180 * day + 20).toISOString(),
      },
    ]);
    expect(await expireModels(worker(181 * day))).toEqual({ warned: 0, expired: 0, removed: 0 });
  });

  it('is kept by a download, and warned about anew when it is due anew', async () => {
    const { notices, model, download } = await ready();
    await expireModels(worker(170 * day));
    expect(await notices()).toEqual(['lora.model.expiring']);
    await download(171 * day);
    expect(await notices()).toEqual([]);
    expect((await model()).expiresAt).toEqual(later(351 * day));
    await expireModels(worker(185 * day));
    expect((await model()).expiredAt).toBeNull();
    await expireModels(worker(340 * day));
    expect(await notices()).toEqual(['lora.model.expiring']);
  });

  it('is not touched by somebody else’s download', async () => {
    const { download, model } = await ready();
    const stranger = await makeStage();
    await expect(download(100 * day, stranger.user.id)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    expect((await model()).expiresAt).toEqual(later(180 * day + 10));
  });

  it('expires once when several look at the same moment', async () => {
    const { loraModelId, notices } = await ready();
    const done = await Promise.all(
      Array.from({ length: 5 }, () => expireModels(worker(181 * day))),
    );
    expect(done.reduce((sum, { expired }) => sum + expired, 0)).toBe(1);
    expect(await notices()).toEqual(['lora.model.expired']);
    expect(await db().loraFile.count({ where: { loraModelId } })).toBe(0);
  });

  it('is either used or removed, never both, in the same moment', async () => {
    const { loraModelId, model } = await ready();
    const at = later(180 * day + 20);
    const [, used] = await Promise.all([
      expireModels(worker(180 * day + 20)),
      inTransaction((tx) => touchModel(tx, loraModelId, at)),
    ]);
    const { expiredAt } = await model();
    expect(used).toBe(expiredAt === null);
  });

  it('loses its files after a crash too: the end is written before, and found again', async () => {
    const { loraModelId, key, model } = await ready();
    const remove = vi
      .spyOn(store(), 'remove')
      .mockRejectedValueOnce(new Error('the process was killed'));
    try {
      expect(await expireModels(worker(181 * day))).toMatchObject({ expired: 1, removed: 0 });
    } finally {
      remove.mockRestore();
    }
    expect((await model()).expiredAt).not.toBeNull();
    expect(await store().head(key)).not.toBeNull();
    expect(await expireModels(worker(181 * day + 60))).toEqual({
      warned: 0,
      expired: 0,
      removed: 1,
    });
    expect(await store().head(key)).toBeNull();
    expect(await db().loraFile.count({ where: { loraModelId } })).toBe(0);
  });
});

describe('touchModel', () => {
  it('has nothing to move where no model came of the training', async () => {
    const stage = await makeStage();
    const { loraModelId } = await stage.start();
    expect(await touchModel(db(), loraModelId, later(5))).toBe(false);
  });
});
