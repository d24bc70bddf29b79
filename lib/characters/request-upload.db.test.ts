import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { creatorContext } from '../context.ts';
import { db } from '../db.ts';
import { makeCharacter, makeUser } from '../testing/factories.ts';
import { startStore, type TestStore } from '../testing/start-store.ts';
import { putFile } from '../testing/upload-file.ts';
import { removeImage } from './remove-image.ts';
import { requestUpload } from './request-upload.ts';

let objects: TestStore;
beforeAll(async () => {
  objects = await startStore();
});
afterAll(() => objects.stop());

const file = { fileName: 'IMG_1.jpg', bytes: 5, contentType: 'image/jpeg' };

async function stage(options: Parameters<typeof makeCharacter>[1] = {}) {
  const user = await makeUser();
  const character = await makeCharacter(user, options);
  return { ctx: creatorContext(user.id), characterId: character.id, images: character.images };
}

it('makes room for an image and a link that takes exactly the announced file', async () => {
  const { ctx, characterId } = await stage();
  const requested = await requestUpload(ctx, { ...file, characterId });
  expect(requested).toMatchObject({
    number: 1,
    upload: { headers: { 'content-type': 'image/jpeg' } },
  });
  const row = await db().characterImage.findUniqueOrThrow({ where: { id: requested.imageId } });
  expect(row).toMatchObject({
    state: 'uploading',
    source: 'upload',
    number: 1,
    fileName: 'IMG_1.jpg',
    userId: ctx.actor.userId,
    sha256: null,
  });
  await expect(putFile(requested, Buffer.from('too long'))).rejects.toThrow(/403|400/);
  await putFile(requested, Buffer.from('12345'));
});

it('renews the link of an unfinished upload without a new image', async () => {
  const { ctx, characterId } = await stage();
  const { imageId } = await requestUpload(ctx, { ...file, characterId });
  const again = await requestUpload(ctx, { ...file, characterId, imageId });
  expect(again).toMatchObject({ imageId, number: 1 });
  await putFile(again, Buffer.from('12345'));
  expect(await db().characterImage.count({ where: { characterId } })).toBe(1);

  const ready = await stage({ readyImages: 1 });
  for (const [who, input] of [
    [ready.ctx, { characterId: ready.characterId, imageId: ready.images[0]?.id }],
    [ready.ctx, { characterId: ready.characterId, imageId }],
    [ready.ctx, { characterId, imageId }],
  ] as const) {
    await expect(requestUpload(who, { ...file, ...input })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  }
});

it.each([
  ['NOT_AN_IMAGE', { fileName: 'a.svg', contentType: 'image/svg+xml' }],
  ['NOT_AN_IMAGE', { fileName: 'a.gif', contentType: 'image/gif' }],
  ['NOT_AN_IMAGE', { fileName: 'a.txt', contentType: '' }],
  ['FILE_TOO_LARGE', { fileName: 'a.jpg', bytes: 20_000_001 }],
])('refuses %s for %j and writes nothing', async (code, change) => {
  const { ctx, characterId } = await stage();
  await expect(requestUpload(ctx, { ...file, ...change, characterId })).rejects.toMatchObject({
    code,
    details: { fileName: change.fileName },
  });
  expect(await db().characterImage.count({ where: { characterId } })).toBe(0);
});

it('answers NOT_FOUND for somebody else and for nobody', async () => {
  const { characterId } = await stage();
  const stranger = creatorContext((await makeUser()).id);
  for (const id of [characterId, randomUUID()]) {
    await expect(requestUpload(stranger, { ...file, characterId: id })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  }
  expect(await db().characterImage.count({ where: { characterId } })).toBe(0);
});

it('numbers images without gaps or doubles when many are asked for at once', async () => {
  const { ctx, characterId } = await stage({ readyImages: 3 });
  const requested = await Promise.all(
    Array.from({ length: 12 }, () => requestUpload(ctx, { ...file, characterId })),
  );
  expect(requested.map(({ number }) => number).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 12 }, (_, index) => index + 4),
  );
});

it('never gives a number again, also not the last one', async () => {
  const { ctx, characterId, images } = await stage({ readyImages: 3 });
  await removeImage(ctx, { imageId: images[2]?.id ?? '' });
  expect(await requestUpload(ctx, { ...file, characterId })).toMatchObject({ number: 4 });
});

it('stops at 1,000 images, also when the last two are asked for at once', async () => {
  const { ctx, characterId } = await stage();
  await db().characterImage.createMany({
    data: Array.from({ length: 999 }, (_, index) => ({
      characterId,
      userId: ctx.actor.userId,
      number: index + 1,
      source: 'upload' as const,
      fileName: 'a.jpg',
    })),
  });
  await db().character.update({ where: { id: characterId }, data: { lastImageNumber: 999 } });
  const outcomes = await Promise.allSettled(
    [1, 2].map(() => requestUpload(ctx, { ...file, characterId })),
  );
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
    reason: { code: 'TOO_MANY_UPLOADS', details: { maxImages: 1_000 } },
  });
});
