import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { likeImage } from '../characters/like-image.ts';
import { listCharacters } from '../characters/list-characters.ts';
import { creatorContext } from '../context.ts';
import { db } from '../db.ts';
import { jobSchemas } from '../jobs/queue.ts';
import { dismissNotification } from '../notifications/inbox.ts';
import { makeUser } from '../testing/factories.ts';
import { withOutside } from '../testing/outside.ts';
import { finishJob, later, makeStage, worker } from '../testing/training-stage.ts';
import { dismissNewLikes } from './dismiss-new-likes.ts';
import { getNewLikes } from './get-new-likes.ts';
import { getTrainingPanel } from './get-training-panel.ts';
import { observeAttempt } from './observe-attempt.ts';
import { savePreferences } from './save-preferences.ts';
import { submitAttempt } from './submit-attempt.ts';
import { suggestRetrain } from './suggest-retrain.ts';

const outside = withOutside();

/** Ten images, a model that was taught the first five, its training started at noon. */
async function trained(count = 10) {
  const stage = await makeStage({ images: count, withObjects: false });
  const { loraModelId } = await train(stage, stage.input.imageIds.slice(0, 5));
  const characterId = stage.character.id;
  const userId = stage.user.id;
  return {
    ...stage,
    characterId,
    loraModelId,
    like: (place: number, seconds: number, liked = true) =>
      likeImage(stage.ctx(seconds), { imageId: stage.images[place]?.id ?? '', liked }),
    suggest: (seconds: number) => suggestRetrain(worker(seconds), { characterId }),
    notices: async () =>
      db().notification.findMany({ where: { userId, type: 'lora.retrain.available' } }),
    /** What every place that shows the count says; they must agree. */
    count: async () => {
      const panel = await getTrainingPanel(userId, characterId);
      const counts = [
        panel.newLikedImageIds.length,
        (await getNewLikes(userId, characterId)).count,
        (await listCharacters(userId))[0]?.newLikedImageCount,
      ];
      expect(new Set(counts).size).toBe(1);
      return counts[0];
    },
    trainAgain: (imageIds: string[], seconds: number) => train(stage, imageIds, seconds),
  };
}

async function train(
  stage: Awaited<ReturnType<typeof makeStage>>,
  imageIds: string[],
  seconds = 0,
) {
  const started = await stage.start(
    { imageIds, expectedCredits: 15_000 + imageIds.length * 1_000, requestId: randomUUID() },
    seconds,
  );
  const attempt = await db().trainingAttempt.findFirstOrThrow({
    where: { loraModelId: started.loraModelId },
  });
  await submitAttempt(worker(seconds + 1), { attemptId: attempt.id });
  const [job] = [...outside.gpu.jobs.values()].slice(-1);
  if (!job) throw new Error('no job');
  await finishJob(outside.gpu, job);
  await observeAttempt(worker(seconds + 2), { attemptId: attempt.id });
  return started;
}

describe('new liked images (AC-4, AC-5)', () => {
  it('counts what was liked after the start and not taught, everywhere the same', async () => {
    const mara = await trained();
    expect(await mara.count()).toBe(0);
    await mara.like(0, 60); // taught
    expect(await mara.count()).toBe(0);
    await mara.like(5, 60);
    await mara.like(6, 61);
    expect(await mara.count()).toBe(2);
    await mara.like(6, 62, false);
    expect(await mara.count()).toBe(1);
    expect(await getNewLikes(mara.user.id, mara.characterId)).toEqual({
      loraModelId: mara.loraModelId,
      lastTrainingDate: later(2).toISOString(),
      count: 1,
    });
  });

  it('tells once for each model, and keeps the count in the words right', async () => {
    const mara = await trained();
    await mara.like(5, 60);
    await Promise.all([mara.suggest(70), mara.suggest(70)]);
    const [first, ...others] = await mara.notices();
    expect(others).toEqual([]);
    expect(first).toMatchObject({
      subjectId: mara.loraModelId,
      title: 'Improve your model',
      href: `/influencer/${mara.characterId}/settings`,
    });
    expect(first?.body).toMatch(/^You have 1\snew liked image\b.*Retrain for better results\.$/);

    await mara.like(6, 80);
    await mara.like(7, 81);
    await mara.suggest(90);
    expect(await mara.notices()).toMatchObject([
      { id: first?.id, body: expect.stringMatching(/^You have 3\snew liked images\b/) },
    ]);
  });

  it('takes the notice back when nothing is new any more', async () => {
    const mara = await trained();
    await mara.like(5, 60);
    await mara.suggest(70);
    await mara.like(5, 80, false);
    await mara.suggest(90);
    expect(await mara.notices()).toMatchObject([{ dismissedAt: later(90) }]);
  });

  it('is waved away by hand: count, notice, and no second notice for this model', async () => {
    const mara = await trained();
    await mara.like(5, 60);
    await mara.suggest(70);
    await dismissNewLikes(mara.ctx(80), { characterId: mara.characterId });
    await dismissNewLikes(mara.ctx(81), { characterId: mara.characterId });
    expect(await mara.count()).toBe(0);
    expect(await mara.notices()).toMatchObject([{ dismissedAt: later(80) }]);

    await mara.like(6, 90);
    await mara.suggest(100);
    expect(await mara.count()).toBe(1);
    expect(await mara.notices()).toMatchObject([{ dismissedAt: later(80) }]);
  });

  it('leaves a notice dismissed that was dismissed in the inbox', async () => {
    const mara = await trained();
    await mara.like(5, 60);
    await mara.suggest(70);
    const [notice] = await mara.notices();
    await dismissNotification(mara.ctx(75), {
      notificationId: notice?.id ?? '',
      dismissed: true,
    });
    await mara.like(6, 80);
    await mara.suggest(90);
    expect(await mara.notices()).toMatchObject([{ body: notice?.body, dismissedAt: later(75) }]);
  });

  it('is answered by starting a training; what is liked meanwhile is news of the new model', async () => {
    const mara = await trained();
    await mara.like(5, 60);
    await mara.suggest(70);
    const next = await mara.trainAgain(mara.input.imageIds.slice(0, 6), 100);
    expect(await mara.notices()).toMatchObject([{ dismissedAt: later(100) }]);
    expect(await mara.count()).toBe(0);

    await mara.like(7, 101);
    await mara.suggest(120);
    expect(await mara.count()).toBe(1);
    expect((await mara.notices()).map(({ subjectId }) => subjectId).sort()).toEqual(
      [mara.loraModelId, next.loraModelId].sort(),
    );
  });

  it('says nothing while a training is open', async () => {
    const mara = await trained();
    await mara.like(5, 60);
    await mara.start(
      { imageIds: mara.input.imageIds, expectedCredits: 25_000, requestId: randomUUID() },
      65,
    );
    await mara.like(6, 66);
    await mara.suggest(70);
    expect(await mara.notices()).toEqual([]);
  });

  it('says nothing where it was switched off, without a model, or when its weights are gone', async () => {
    const quiet = await trained();
    await savePreferences(quiet.ctx(), { characterId: quiet.characterId, notifyRetrain: false });
    await quiet.like(5, 60);
    await quiet.suggest(70);
    expect(await quiet.notices()).toEqual([]);
    expect(await quiet.count()).toBe(1);

    const untrained = await makeStage();
    const imageId = untrained.images[0]?.id ?? '';
    await likeImage(untrained.ctx(), { imageId, liked: true });
    await suggestRetrain(worker(20), { characterId: untrained.character.id });
    expect(await db().notification.count({ where: { userId: untrained.user.id } })).toBe(0);

    const gone = await trained();
    await gone.like(5, 60);
    await db().loraModel.update({
      where: { id: gone.loraModelId },
      data: { expiredAt: later(65) },
    });
    await gone.suggest(70);
    expect(await gone.notices()).toEqual([]);
    expect(await gone.count()).toBe(0);

    await suggestRetrain(worker(80), { characterId: randomUUID() });
  });

  it('rings once for a row of hearts, ten seconds later', async () => {
    const mara = await trained();
    await db().$executeRaw`DELETE FROM pgboss.job WHERE name = 'lora.suggest-retrain'`;
    for (const place of [5, 6, 7, 8]) await mara.like(place, 60 + place);
    await mara.like(8, 70); // already liked: nothing changed
    const jobs = await db().$queryRaw<{ data: unknown; wait: number }[]>`
      SELECT data, round(extract(epoch FROM start_after - created_on))::int AS wait
        FROM pgboss.job WHERE name = 'lora.suggest-retrain'`;
    expect(jobs).toEqual([{ data: { characterId: mara.characterId }, wait: 10 }]);
    expect(jobSchemas['lora.suggest-retrain'].safeParse(jobs[0]?.data).success).toBe(true);
  });

  it("answers NOT_FOUND for somebody else's character, and leaves it", async () => {
    const mara = await trained();
    await mara.like(5, 60);
    const stranger = await makeUser();
    for (const characterId of [mara.characterId, randomUUID()]) {
      await expect(
        dismissNewLikes(creatorContext(stranger.id), { characterId }),
      ).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(getNewLikes(stranger.id, characterId)).rejects.toMatchObject({
        code: 'NOT_FOUND',
      });
    }
    expect(await mara.count()).toBe(1);
  });
});
