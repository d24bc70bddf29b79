import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { creatorContext, systemContext } from '../context.ts';
import { db } from '../db.ts';
import { makeCharacter, makeUser } from '../testing/factories.ts';
import { startStore, type TestStore } from '../testing/start-store.ts';
import { storedKeys } from '../testing/upload-file.ts';
import { completeProfileSet } from './complete-profile-set.ts';
import { generateProfileSet } from './generate-profile-set.ts';
import { listImages } from './list-images.ts';
import { removeImage } from './remove-image.ts';
import { requestProfileSet } from './request-profile-set.ts';

// Eight pictures drawn and stored take a while on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let objects: TestStore;
beforeAll(async () => {
  objects = await startStore();
});
afterAll(() => objects.stop());

const worker = systemContext('worker');

async function stage(options: Parameters<typeof makeCharacter>[1] = {}) {
  const user = await makeUser();
  const { id: characterId } = await makeCharacter(user, options);
  return {
    user,
    ctx: creatorContext(user.id),
    characterId,
    images: () => listImages(user.id, characterId),
  };
}

async function bells(characterId: string): Promise<number> {
  const rows = await db().$queryRaw<unknown[]>`
    SELECT FROM pgboss.job
     WHERE name = 'characters.generate-profile-set' AND data ->> 'characterId' = ${characterId}`;
  return rows.length;
}

it('makes eight captioned pictures, each once, however often and by however many', async () => {
  const { ctx, characterId, images } = await stage({ readyImages: 1, look: 'Copper hair' });
  await Promise.all([1, 2, 3].map(() => requestProfileSet(ctx, { characterId })));
  expect(await bells(characterId)).toBe(1);
  const waiting = (await images()).slice(1);
  expect(waiting.map(({ number, state }) => [number, state])).toEqual(
    Array.from({ length: 8 }, (_, index) => [index + 2, 'uploading']),
  );

  await Promise.all([1, 2].map(() => generateProfileSet(worker, { characterId })));
  const made = (await images()).slice(1);
  expect(made.map(({ id }) => id)).toEqual(waiting.map(({ id }) => id));
  for (const [index, image] of made.entries()) {
    expect(image).toMatchObject({
      source: 'generated',
      state: 'ready',
      inProfileSet: true,
      width: 1_024,
      height: 1_280,
      fileName: `profile-${index + 1}.webp`,
      prompt: expect.stringContaining('Copper hair'),
      caption: expect.stringContaining('illustration'),
    });
  }
  expect(new Set(made.map(({ caption }) => caption)).size).toBe(8);
  const keys = await storedKeys(`characters/${characterId}/`);
  expect(keys).toHaveLength(16);

  await generateProfileSet(worker, { characterId });
  expect((await images()).slice(1)).toEqual(made);
});

it('goes on where a run was cut short, and replaces what was removed when asked again', async () => {
  const { ctx, characterId, images } = await stage();
  await requestProfileSet(ctx, { characterId });
  await generateProfileSet(worker, { characterId });
  const [first, second] = await images();
  await removeImage(ctx, { imageId: first?.id ?? '' });
  await db().characterImage.update({
    where: { id: second?.id },
    data: { state: 'uploading', sha256: null },
  });
  await requestProfileSet(ctx, { characterId });
  await generateProfileSet(worker, { characterId });
  const made = await images();
  expect(made.map(({ state }) => state)).toEqual(Array(8).fill('ready'));
  expect(made.map(({ number }) => number)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
});

it('makes nothing that was not asked for, and nothing for a character that is gone', async () => {
  const { characterId, images } = await stage();
  await generateProfileSet(worker, { characterId });
  expect(await images()).toEqual([]);
  await generateProfileSet(worker, { characterId: randomUUID() });
});

it('is refused once the set is finished, and for a stranger', async () => {
  const { ctx, characterId, images } = await stage({ readyImages: 5 });
  const stranger = creatorContext((await makeUser()).id);
  for (const id of [characterId, randomUUID()]) {
    await expect(requestProfileSet(stranger, { characterId: id })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  }
  await completeProfileSet(ctx, { characterId, agreedCredits: null, consent: null });
  await expect(requestProfileSet(ctx, { characterId })).rejects.toMatchObject({
    code: 'PROFILE_SET_COMPLETE',
  });
  expect(await images()).toHaveLength(5);
  expect(await bells(characterId)).toBe(0);
});
