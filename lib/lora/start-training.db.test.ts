import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { db } from '../db.ts';
import { changeSettings } from '../testing/change-settings.ts';
import { makeCharacter, makeUser } from '../testing/factories.ts';
import { withOutside } from '../testing/outside.ts';
import { findings, makeStage, noon } from '../testing/training-stage.ts';
import { estimateFor } from './get-estimate.ts';
import { getTrainingPanel } from './get-training-panel.ts';
import { saveDraft } from './save-draft.ts';
import { startTraining } from './start-training.ts';

withOutside();

const microUsdPerSecond = 250;
changeSettings({ SANDBOX_PRICE_MICRO_USD_PER_SECOND: String(microUsdPerSecond) });

/** How many rows a refused start may have left behind: none. */
async function leftBehind(userId: string) {
  return {
    trainings: await db().loraModel.count({ where: { userId } }),
    notices: await db().notification.count({ where: { userId } }),
    reserves: await db().creditLine.count({ where: { account: { userId }, kind: 'reserve' } }),
  };
}
const nothing = { trainings: 0, notices: 0, reserves: 0 };

describe('startTraining', () => {
  it('writes the training, the hold, the notice and the first job together', async () => {
    const stage = await makeStage();
    const started = await stage.start();
    expect(started).toMatchObject({
      status: 'pending',
      creditsReserved: 22_000,
      creditsCost: 22_000,
    });
    expect(await stage.balance()).toEqual({
      totalCredits: 100_000,
      reservedCredits: 22_000,
      availableCredits: 78_000,
    });
    const training = await db().loraModel.findUniqueOrThrow({
      where: { id: started.loraModelId },
      include: { attempts: true, transitions: true, hold: true },
    });
    expect(training).toMatchObject({
      status: 'pending',
      type: 'face',
      costCredits: 22_000,
      priceVersion: 1,
      imageCount: 7,
      externalProvider: 'sandbox',
      triggerWord: stage.character.triggerWord,
    });
    expect(training.hold).toMatchObject({ kind: 'reserve', amount: 22_000n });
    expect(training.attempts).toMatchObject([{ number: 1, state: 'submitting' }]);
    expect(training.transitions).toMatchObject([{ fromStatus: null, toStatus: 'pending' }]);
    const notices = await db().notification.findMany({ where: { userId: stage.user.id } });
    expect(notices).toMatchObject([
      {
        type: 'lora.training.started',
        title: 'Training started',
        href: `/influencer/${stage.character.id}/settings`,
      },
    ]);
    const bells = await db().$queryRaw<{ name: string }[]>`
      SELECT name FROM pgboss.job WHERE data->>'attemptId' = ${training.attempts[0]?.id}`;
    expect(bells).toEqual([{ name: 'lora.attempt.submit' }]);
    expect(await findings()).toEqual([]);
  });

  it('stores what was told at the start: the estimate, and what the GPU would cost', async () => {
    const stage = await makeStage();
    const { loraModelId, estimatedTime } = await stage.start();
    const training = await db().loraModel.findUniqueOrThrow({ where: { id: loraModelId } });
    const { fromSeconds, toSeconds } = await estimateFor('z-image-turbo');
    expect(training).toMatchObject({
      estimateFromSeconds: fromSeconds,
      estimateToSeconds: toSeconds,
      estimatedGpuMicroUsd: BigInt(((fromSeconds + toSeconds) / 2) * microUsdPerSecond),
    });
    expect(estimatedTime).toBe(Math.ceil(toSeconds / 60));
  });

  it('uses the draft up: the next form opens with a proposal, on the same base model', async () => {
    const stage = await makeStage();
    const imageIds = stage.input.imageIds.slice(0, 5);
    const characterId = stage.character.id;
    await saveDraft(stage.ctx(), { characterId, baseModel: 'one-2.1', imageIds });
    const before = await getTrainingPanel(stage.user.id, characterId);
    expect(before.selection).toEqual({ baseModel: 'one-2.1', imageIds, saved: true });
    await stage.start({ baseModel: 'one-2.1', imageIds, expectedCredits: 30_000 });
    const { selection } = await getTrainingPanel(stage.user.id, characterId);
    expect(selection).toEqual({
      baseModel: 'one-2.1',
      imageIds: stage.input.imageIds,
      saved: false,
    });
  });

  it('answers the same request with the same training', async () => {
    const stage = await makeStage();
    const first = await stage.start();
    expect(await stage.start()).toEqual(first);
    expect((await stage.balance()).reservedCredits).toBe(22_000);
  });

  it('refuses the same request id with other choices', async () => {
    const stage = await makeStage();
    await stage.start();
    const fewer = stage.input.imageIds.slice(0, 5);
    await expect(stage.start({ imageIds: fewer, expectedCredits: 20_000 })).rejects.toMatchObject({
      code: 'REQUEST_REUSED',
    });
  });

  it('makes one training and one hold of a hundred clicks at once', async () => {
    const stage = await makeStage();
    const clicks = await Promise.allSettled(
      Array.from({ length: 100 }, () => stage.start({ requestId: randomUUID() })),
    );
    expect(clicks.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const click of clicks) {
      if (click.status === 'rejected')
        expect(click.reason).toMatchObject({ code: 'TRAINING_OPEN' });
    }
    expect((await stage.balance()).reservedCredits).toBe(22_000);
    expect(await findings()).toEqual([]);
  }, 60_000);

  it('answers two of the same request at once with one training', async () => {
    const stage = await makeStage();
    const [a, b] = await Promise.all([stage.start(), stage.start()]);
    expect(a).toEqual(b);
  });

  it.each([
    ['fewer than 5 images', { count: 4 }, 'TOO_FEW_IMAGES'],
    ['no images', { count: 0 }, 'TOO_FEW_IMAGES'],
    ['another price than shown', { expectedCredits: 21_999 }, 'PRICE_CHANGED'],
    ['Flux without a licence', { baseModel: 'flux', expectedCredits: 32_000 }, 'LICENCE_NEEDED'],
    ['no word on who this is', { consent: null }, 'CONSENT_NEEDED'],
    ['an image that is not there', { extra: randomUUID() }, 'IMAGE_NOT_AVAILABLE'],
  ] as const)('refuses %s and leaves nothing behind', async (_what, change, code) => {
    const stage = await makeStage();
    const { count, extra, ...rest } = { count: undefined, extra: undefined, ...change };
    const ids = stage.input.imageIds.slice(0, count ?? 7);
    const imageIds = extra ? [...ids.slice(1), extra] : ids;
    await expect(stage.start({ ...rest, imageIds })).rejects.toMatchObject({ code });
    expect(await leftBehind(stage.user.id)).toEqual(nothing);
  });

  it('refuses 51 images', async () => {
    const stage = await makeStage({ images: 51 });
    await expect(stage.start()).rejects.toMatchObject({
      code: 'TOO_MANY_IMAGES',
      details: { over: 1 },
    });
  });

  it('counts an image chosen twice once', async () => {
    const stage = await makeStage({ images: 5 });
    const [first = ''] = stage.input.imageIds;
    await expect(
      stage.start({ imageIds: [first, ...stage.input.imageIds.slice(0, 4)] }),
    ).rejects.toMatchObject({ code: 'TOO_FEW_IMAGES', details: { missing: 1 } });
  });

  it('refuses images of another character, of the same creator or not', async () => {
    const stage = await makeStage();
    const other = await makeCharacter(stage.user, { readyImages: 1, profileSetComplete: true });
    const stranger = await makeStage();
    const foreign = await db().characterImage.findFirstOrThrow({
      where: { characterId: other.id },
    });
    for (const id of [foreign.id, stranger.input.imageIds[0] ?? '']) {
      await expect(
        stage.start({ imageIds: [...stage.input.imageIds.slice(1), id] }),
      ).rejects.toMatchObject({ code: 'IMAGE_NOT_AVAILABLE', details: { missing: 1 } });
    }
    expect(await leftBehind(stage.user.id)).toEqual(nothing);
  });

  it('refuses when credits are short and says how many', async () => {
    const stage = await makeStage({ credits: 18_000 });
    await expect(stage.start()).rejects.toMatchObject({
      code: 'NOT_ENOUGH_CREDITS',
      details: { missing: 4_000 },
    });
    expect(await leftBehind(stage.user.id)).toEqual(nothing);
  });

  it('refuses before the profile set is complete', async () => {
    const user = await makeUser({ credits: 100_000 });
    const character = await makeCharacter(user, { readyImages: 7 });
    const stage = await makeStage();
    await expect(
      startTraining(stage.ctx(), { ...stage.input, characterId: character.id }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const own = { actor: { kind: 'creator', userId: user.id }, now: noon } as const;
    await expect(
      startTraining(own, { ...stage.input, characterId: character.id }),
    ).rejects.toMatchObject({ code: 'PROFILE_SET_INCOMPLETE' });
  });

  it('finds nothing at somebody else’s character', async () => {
    const mine = await makeStage();
    const theirs = await makeStage();
    await expect(startTraining(mine.ctx(), theirs.input)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(await leftBehind(theirs.user.id)).toEqual(nothing);
  });
});
