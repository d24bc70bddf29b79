import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { creatorContext } from '../context.ts';
import { db, isUniqueViolation } from '../db.ts';
import { makeCharacter, makeUser } from '../testing/factories.ts';
import { createCharacter } from './create-character.ts';
import { getCharacter } from './get-character.ts';
import { listCharacters } from './list-characters.ts';
import { saveCharacter } from './save-character.ts';

const noon = new Date('2026-03-12T12:00:00Z');

it('makes an influencer that its creator can read, change and list', async () => {
  const user = await makeUser();
  const ctx = creatorContext(user.id, noon);
  const { characterId, triggerWord } = await createCharacter(ctx, {
    name: 'Zoë Müller',
    look: 'Freckles',
  });
  expect(triggerWord).toMatch(/^ohwx_zoemuller_[a-z0-9]{4}$/);
  expect(await getCharacter(user.id, characterId)).toEqual({
    id: characterId,
    name: 'Zoë Müller',
    look: 'Freckles',
    triggerWord,
    profileSetCompletedAt: null,
    loraTrainingEnabled: true,
    loraTrainingAutoStart: true,
    createdAt: noon.toISOString(),
  });

  await saveCharacter(ctx, { characterId, name: 'Zoë', look: '' });
  expect(await getCharacter(user.id, characterId)).toMatchObject({
    name: 'Zoë',
    look: '',
    triggerWord,
  });
  expect(await listCharacters(user.id)).toEqual([
    {
      id: characterId,
      name: 'Zoë',
      coverImageIds: [],
      imageCount: 0,
      likedCount: 0,
      newLikedImageCount: 0,
      profileSetComplete: false,
      training: null,
      createdAt: noon.toISOString(),
    },
  ]);
});

it('gives a name without Latin letters a trigger word too, and namesakes different ones', async () => {
  const user = await makeUser();
  const words = await Promise.all(
    ['美咲', '美咲', 'Mara', 'Mara', 'Mara'].map(async (name) => {
      const made = await createCharacter(creatorContext(user.id), { name, look: '' });
      return made.triggerWord;
    }),
  );
  expect(new Set(words).size).toBe(5);
  expect(words[0]).toMatch(/^ohwx_[a-z0-9]{4}$/);
});

it('recognises a trigger word that is taken, which is what it tries again for', async () => {
  const user = await makeUser();
  const { triggerWord } = await makeCharacter(user);
  const taken = db().character.create({
    data: { userId: user.id, name: 'Mara', look: '', triggerWord },
  });
  const error: unknown = await taken.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(isUniqueViolation(error, 'characters_trigger_word_key')).toBe(true);
});

it("answers NOT_FOUND for somebody else's influencer and leaves it alone", async () => {
  const [owner, stranger] = [await makeUser(), await makeUser()];
  const { id } = await makeCharacter(owner);
  for (const characterId of [id, randomUUID()]) {
    await expect(getCharacter(stranger.id, characterId)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await expect(
      saveCharacter(creatorContext(stranger.id), { characterId, name: 'Taken', look: '' }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
  }
  expect(await getCharacter(owner.id, id)).toMatchObject({ name: 'Mara' });
  expect(await listCharacters(stranger.id)).toEqual([]);
});

it('lists influencers with pictures, liked ones first, and the newest training', async () => {
  const user = await makeUser();
  const empty = await makeCharacter(user, { name: 'Empty' });
  const mara = await makeCharacter(user, { readyImages: 6, profileSetComplete: true });
  const liked = mara.images.slice(4).map(({ id }) => id);
  await db().characterImage.updateMany({
    where: { id: { in: liked } },
    data: { likedAt: noon },
  });
  await db().characterImage.create({
    data: {
      characterId: mara.id,
      userId: user.id,
      number: 7,
      source: 'upload',
      fileName: 'half.jpg',
    },
  });
  for (const [minute, status] of [
    [1, 'cancelled'],
    [2, 'pending'],
  ] as const) {
    await db().loraModel.create({
      data: {
        characterId: mara.id,
        userId: user.id,
        status,
        trainingCompletedAt: status === 'cancelled' ? noon : null,
        baseModel: 'z-image-turbo',
        triggerWord: mara.triggerWord,
        config: {},
        imageManifest: [],
        imageManifestSha256: '',
        imageCount: 5,
        requestId: randomUUID(),
        requestHash: '',
        startedBy: 'creator',
        costCredits: 0,
        priceVersion: 1,
        externalProvider: 'sandbox',
        trainingSteps: 1_500,
        deadlineAt: noon,
        createdAt: new Date(noon.getTime() + minute * 60_000),
      },
    });
  }
  const first = mara.images.slice(0, 2).map(({ id }) => id);
  expect(await listCharacters(user.id)).toMatchObject([
    {
      id: mara.id,
      coverImageIds: [...liked, ...first],
      imageCount: 6,
      likedCount: 2,
      profileSetComplete: true,
      training: { status: 'pending', sandbox: true },
    },
    { id: empty.id, coverImageIds: [], imageCount: 0, training: null },
  ]);
});

it('makes one influencer of a form that is sent twice, and takes over what was typed since', async () => {
  const user = await makeUser();
  const ctx = creatorContext(user.id, noon);
  const requestId = randomUUID();
  const first = await createCharacter(ctx, { name: 'Mara', look: '', requestId });
  const again = await createCharacter(ctx, { name: 'Mara', look: 'Freckles', requestId });
  expect(again).toEqual(first);
  expect(await listCharacters(user.id)).toMatchObject([{ id: requestId, name: 'Mara' }]);
  expect(await getCharacter(user.id, requestId)).toMatchObject({ look: 'Freckles' });

  const stranger = await makeUser();
  await expect(
    createCharacter(creatorContext(stranger.id), { name: 'Eve', look: '', requestId }),
  ).rejects.toMatchObject({ code: 'REQUEST_REUSED' });
  expect(await getCharacter(user.id, requestId)).toMatchObject({ name: 'Mara' });
});

it('makes one influencer of ten presses at once', async () => {
  const user = await makeUser();
  const requestId = randomUUID();
  const made = await Promise.all(
    Array.from({ length: 10 }, () =>
      createCharacter(creatorContext(user.id, noon), { name: 'Mara', look: '', requestId }),
    ),
  );
  expect(new Set(made.map(({ characterId }) => characterId))).toEqual(new Set([requestId]));
  expect(await listCharacters(user.id)).toHaveLength(1);
});
