import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { db } from '../db.ts';
import { makeCharacter, makeUser } from '../testing/factories.ts';
import { addReadyModel } from '../testing/ready-model.ts';
import { getStudio } from './get-studio.ts';
import { listGallery, openGallery } from './list-gallery.ts';

const numbers = (items: readonly { number: number }[]) => items.map(({ number }) => number);

it('shows what is ready and what the studio was asked for, newest first', async () => {
  const user = await makeUser();
  const { id: characterId } = await makeCharacter(user, { readyImages: 2, liked: 1 });
  const common = { characterId, userId: user.id, fileName: 'x.webp' };
  const studio = {
    ...common,
    source: 'generated' as const,
    inProfileSet: false,
    baseModel: 'flux',
    prompt: 'on a pier',
  };
  const rejected = (rejection: string) => ({ state: 'rejected' as const, rejection });
  await db().characterImage.createMany({
    data: [
      { ...common, number: 3, source: 'upload' },
      { ...common, number: 4, source: 'upload', ...rejected('NOT_AN_IMAGE') },
      { ...common, number: 5, source: 'generated' },
      { ...studio, number: 6 },
      { ...studio, number: 7, ...rejected('GENERATION_FAILED') },
      { ...studio, number: 8, ...rejected('IMAGE_BROKEN') },
      {
        ...studio,
        number: 9,
        ...rejected('ALREADY_HERE'),
        rejectionDetails: { ofImageId: randomUUID(), ofNumber: 2 },
      },
      { ...studio, number: 10, ...rejected('NOT_FOUND'), removedAt: new Date() },
    ],
  });
  const { items, imageCount, likedCount, nextBefore } = await openGallery(user.id, characterId);
  expect(items.map(({ number, state, failure }) => [number, state, failure?.code])).toEqual([
    [9, 'failed', 'ALREADY_HERE'],
    [8, 'failed', 'GENERATION_FAILED'],
    [7, 'failed', 'GENERATION_FAILED'],
    [6, 'making', undefined],
    [2, 'ready', undefined],
    [1, 'ready', undefined],
  ]);
  expect(items[0]?.failure?.details).toMatchObject({ ofNumber: 2 });
  expect({ imageCount, likedCount, nextBefore }).toEqual({
    imageCount: 2,
    likedCount: 1,
    nextBefore: null,
  });
  expect(items.map(({ liked }) => liked).lastIndexOf(true)).toBe(5);
});

it('comes in pages, each picture once, and tells the news from a number on', async () => {
  const user = await makeUser();
  const { id: characterId } = await makeCharacter(user, { readyImages: 125 });
  const seen: number[] = [];
  let page = await listGallery(user.id, { characterId });
  expect(page.items).toHaveLength(60);
  for (;;) {
    seen.push(...numbers(page.items));
    if (page.nextBefore === null) break;
    page = await listGallery(user.id, { characterId, before: page.nextBefore });
  }
  expect(seen).toEqual(Array.from({ length: 125 }, (_, index) => 125 - index));
  const news = await listGallery(user.id, { characterId, since: 40 });
  expect([news.items.length, news.items.at(-1)?.number]).toEqual([86, 40]);
  expect((await listGallery(user.id, { characterId, since: 126 })).items).toEqual([]);
});

it("is NOT_FOUND for somebody else's character, empty for an own one without pictures", async () => {
  const user = await makeUser();
  const { id: characterId } = await makeCharacter(user, { readyImages: 1 });
  const stranger = await makeUser();
  for (const id of [characterId, randomUUID()]) {
    const refused = { code: 'NOT_FOUND' };
    await expect(listGallery(stranger.id, { characterId: id })).rejects.toMatchObject(refused);
    await expect(openGallery(stranger.id, id)).rejects.toMatchObject(refused);
    await expect(getStudio(stranger.id, id)).rejects.toMatchObject(refused);
  }
  const { id: emptyId } = await makeCharacter(user, { name: 'Nora' });
  expect(await openGallery(user.id, emptyId)).toEqual({
    items: [],
    nextBefore: null,
    imageCount: 0,
    likedCount: 0,
  });
});

it('knows the newest usable model of each base model, however long ago (Q6)', async () => {
  const user = await makeUser();
  const character = await makeCharacter(user);
  const day = (days: number) => new Date(Date.now() + days * 86_400_000);
  await addReadyModel(character, { baseModel: 'one-2.1', createdAt: day(-60) });
  const oldWan = await addReadyModel(character, { baseModel: 'one-2.2', createdAt: day(-50) });
  await addReadyModel(character, { baseModel: 'flux', createdAt: day(-49), expiredAt: day(-1) });
  for (let at = 1; at <= 21; at += 1) await addReadyModel(character, { createdAt: day(-at - 1) });
  const newest = await addReadyModel(character, { createdAt: day(-1) });

  const { models, sandboxGenerator } = await getStudio(user.id, character.id);
  expect(sandboxGenerator).toBe(true);
  expect(
    models.map(({ id, supportsLora, licenceMissing, adapter }) => [
      id,
      supportsLora,
      licenceMissing,
      adapter?.id ?? null,
    ]),
  ).toEqual([
    ['z-image-turbo', true, false, newest],
    ['flux', true, true, null],
    ['one-2.1', true, false, expect.any(String)],
    ['one-2.2', true, false, oldWan],
    ['sdxl-lightning', false, false, null],
  ]);
  expect(models[3]?.adapter).toMatchObject({
    imageCount: 5,
    sandbox: true,
    files: [{ role: 'high_noise', bytes: 1_000 }, { role: 'low_noise' }],
  });
  expect(models.every(({ open }) => open === null)).toBe(true);
});
