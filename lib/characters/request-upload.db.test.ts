import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

describe('a file whose hash is told', () => {
  const sha256 = 'a'.repeat(64);

  it('goes on where its upload stopped, also when it is asked for twice at once', async () => {
    const { ctx, characterId } = await stage();
    const [one, two] = await Promise.all(
      [1, 2].map(() => requestUpload(ctx, { ...file, characterId, sha256 })),
    );
    const third = await requestUpload(ctx, { ...file, fileName: 'copy.jpg', characterId, sha256 });
    expect(new Set([one?.imageId, two?.imageId, third.imageId]).size).toBe(1);
    expect(await db().characterImage.count({ where: { characterId } })).toBe(1);
    const other = await requestUpload(ctx, { ...file, characterId, sha256: 'b'.repeat(64) });
    expect(other.imageId).not.toBe(third.imageId);
  });

  it('is one of its own in another character, and with somebody else', async () => {
    const { ctx, characterId } = await stage();
    const { id: second } = await makeCharacter({ id: ctx.actor.userId });
    const theirs = await stage();
    const ids = new Set<string>();
    for (const [who, id] of [
      [ctx, characterId],
      [ctx, second],
      [theirs.ctx, theirs.characterId],
    ] as const) {
      ids.add((await requestUpload(who, { ...file, characterId: id, sha256 })).imageId);
    }
    expect(ids.size).toBe(3);
  });

  it('never goes on under an image that was begun for another file', async () => {
    const { ctx, characterId } = await stage();
    const plain = await requestUpload(ctx, { ...file, characterId });
    const { imageId } = plain;
    expect(await requestUpload(ctx, { ...file, characterId, imageId, sha256 })).toMatchObject({
      imageId,
    });
    const different = { ...file, characterId, imageId, sha256: 'b'.repeat(64) };
    await expect(requestUpload(ctx, different)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('is refused when its picture is here, and asked for again once that was removed', async () => {
    const { ctx, characterId, images } = await stage({ readyImages: 2 });
    const imageId = images[1]?.id ?? '';
    await db().characterImage.update({ where: { id: imageId }, data: { sourceSha256: sha256 } });
    const again = () => requestUpload(ctx, { ...file, characterId, sha256 });
    await expect(again()).rejects.toMatchObject({
      code: 'ALREADY_HERE',
      details: { fileName: 'IMG_1.jpg', ofImageId: imageId, ofNumber: 2 },
    });
    expect(await db().characterImage.count({ where: { characterId } })).toBe(2);
    await removeImage(ctx, { imageId });
    expect(await again()).toMatchObject({ number: 3 });
  });

  it('is a hash: its link takes no other bytes', async () => {
    const { ctx, characterId } = await stage();
    const requested = await requestUpload(ctx, { ...file, characterId, sha256 });
    await expect(putFile(requested, Buffer.from('12345'))).rejects.toThrow(/BadDigest/);
  });
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

it('makes an image with a given id once, however often it is asked for', async () => {
  const { ctx, characterId } = await stage();
  const newImageId = randomUUID();
  const answers = await Promise.all(
    [1, 2, 3].map(() => requestUpload(ctx, { ...file, characterId }, newImageId)),
  );
  expect(answers.map(({ imageId, number }) => ({ imageId, number }))).toEqual(
    Array(3).fill({ imageId: newImageId, number: 1 }),
  );
  expect(await db().characterImage.count({ where: { characterId } })).toBe(1);
});
