import { createHash, randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { creatorContext } from '../context.ts';
import { db } from '../db.ts';
import { ingestImage } from '../media/ingest-image.ts';
import { imageDisplayKey, imageThumbnailKey, incomingImageKey } from '../storage/keys.ts';
import { store } from '../storage/store.ts';
import { makeCharacter, makePhoto, makeUser } from '../testing/factories.ts';
import { startStore, type TestStore } from '../testing/start-store.ts';
import { putFile, storedKeys, uploadFile } from '../testing/upload-file.ts';
import { finishUpload } from './finish-upload.ts';
import { listImages } from './list-images.ts';
import { removeImage } from './remove-image.ts';
import { requestUpload } from './request-upload.ts';
import { storePicture } from './store-picture.ts';

let objects: TestStore;
beforeAll(async () => {
  objects = await startStore();
});
afterAll(() => objects.stop());

async function stage() {
  const user = await makeUser();
  const { id } = await makeCharacter(user);
  return { user, ctx: creatorContext(user.id), characterId: id };
}

const small = { width: 160, height: 200 };
const photo = await makePhoto('finish', small);

describe('a good upload', () => {
  it('becomes an image with two objects, and the incoming file goes', async () => {
    const { user, ctx, characterId } = await stage();
    const { imageId } = await uploadFile(ctx, characterId, photo, { fileName: 'Mara.jpg' });
    const finished = await finishUpload(ctx, { imageId });
    expect(finished).toMatchObject({
      state: 'ready',
      image: {
        id: imageId,
        number: 1,
        source: 'upload',
        state: 'ready',
        liked: false,
        width: 160,
        height: 200,
        rejection: null,
        fileName: 'Mara.jpg',
      },
    });
    const full = await buffer(await store().read(imageDisplayKey(characterId, imageId)));
    const row = await db().characterImage.findUniqueOrThrow({ where: { id: imageId } });
    // What a trainer is told to expect is what it will fetch.
    expect(row.sha256).toBe(createHash('sha256').update(full).digest('hex'));
    expect(row.bytes).toBe(full.length);
    // The client said nothing of the file's hash: we know it all the same.
    expect(row.sourceSha256).toBe(createHash('sha256').update(photo).digest('hex'));
    expect(await sharp(full).metadata()).toMatchObject({ format: 'webp', width: 160 });
    expect(await storedKeys(`characters/${characterId}/`)).toEqual([
      imageDisplayKey(characterId, imageId),
      imageThumbnailKey(characterId, imageId),
    ]);
    expect(await storedKeys(`incoming/${user.id}/`)).toEqual([]);
    expect(await listImages(user.id, characterId)).toMatchObject([{ id: imageId, state: 'ready' }]);
  });

  it('gets the same answer again, and twice at once', async () => {
    const { ctx, characterId } = await stage();
    const { imageId } = await uploadFile(ctx, characterId, photo);
    const [one, two] = await Promise.all([1, 2].map(() => finishUpload(ctx, { imageId })));
    expect(one).toMatchObject({ state: 'ready' });
    expect(two).toEqual(one);
    expect(await finishUpload(ctx, { imageId })).toEqual(one);
    expect(await storedKeys(`characters/${characterId}/`)).toHaveLength(2);
  });

  it('is finished by the next call when one was cut short after storing', async () => {
    const { ctx, characterId } = await stage();
    const { imageId } = await uploadFile(ctx, characterId, photo);
    await store().write(imageDisplayKey(characterId, imageId), Buffer.from('half'), 'image/webp');
    expect(await finishUpload(ctx, { imageId })).toMatchObject({ state: 'ready' });
    const full = await buffer(await store().read(imageDisplayKey(characterId, imageId)));
    expect(await sharp(full).metadata()).toMatchObject({ format: 'webp' });
  });
});

describe('its size', () => {
  it('puts it into the profile set when it is large enough to train on', async () => {
    const { user, ctx, characterId } = await stage();
    const large = await makePhoto('large', { width: 512, height: 512 });
    for (const file of [photo, large]) {
      const { imageId } = await uploadFile(ctx, characterId, file);
      await finishUpload(ctx, { imageId });
    }
    expect(await listImages(user.id, characterId)).toMatchObject([
      { state: 'ready', inProfileSet: false, tooSmallForTraining: true },
      { state: 'ready', inProfileSet: true, tooSmallForTraining: false },
    ]);
  });
});

describe('the hash that was announced', () => {
  const sha256 = createHash('sha256').update(photo).digest('hex');

  it('stands, and the same file is not taken again', async () => {
    const { ctx, characterId } = await stage();
    const file = {
      characterId,
      fileName: 'Mara.jpg',
      contentType: 'image/jpeg',
      bytes: photo.length,
      sha256,
    };
    const requested = await requestUpload(ctx, file);
    await putFile(requested, photo);
    expect(await finishUpload(ctx, requested)).toMatchObject({ state: 'ready' });
    await expect(requestUpload(ctx, file)).rejects.toMatchObject({
      code: 'ALREADY_HERE',
      details: { ofImageId: requested.imageId, ofNumber: 1 },
    });
  });

  it('is held against the bytes: others are UPLOAD_DAMAGED, go, and can be sent again', async () => {
    const { user, ctx, characterId } = await stage();
    const { imageId } = await requestUpload(ctx, {
      characterId,
      fileName: 'Mara.jpg',
      contentType: 'image/jpeg',
      bytes: photo.length,
      sha256,
    });
    const key = incomingImageKey(user.id, imageId);
    const other = Buffer.from(photo);
    other[500] = (other[500] ?? 0) ^ 1;
    await store().write(key, other, 'image/jpeg');
    await expect(finishUpload(ctx, { imageId })).rejects.toMatchObject({ code: 'UPLOAD_DAMAGED' });
    await expect(finishUpload(ctx, { imageId })).rejects.toMatchObject({ code: 'UPLOAD_MISSING' });
    expect(await storedKeys(`incoming/${user.id}/`)).toEqual([]);
    expect(await storedKeys(`characters/${characterId}/`)).toEqual([]);
    await store().write(key, photo, 'image/jpeg');
    expect(await finishUpload(ctx, { imageId })).toMatchObject({ state: 'ready' });
  });
});

describe('the same picture twice', () => {
  it('is one image, also with other metadata, and says which', async () => {
    const { user, ctx, characterId } = await stage();
    const first = await uploadFile(ctx, characterId, photo);
    await finishUpload(ctx, { imageId: first.imageId });
    const png = await sharp(photo)
      .png()
      .withExif({ IFD0: { Make: 'Camera' } })
      .toBuffer();
    const second = await uploadFile(ctx, characterId, png, { contentType: 'image/png' });
    const answer = { state: 'duplicate', ofImageId: first.imageId, ofNumber: 1 };
    expect(await finishUpload(ctx, { imageId: second.imageId })).toEqual(answer);
    expect(await finishUpload(ctx, { imageId: second.imageId })).toEqual(answer);
    expect(await storedKeys(`characters/${characterId}/`)).toHaveLength(2);
    expect(await storedKeys(`incoming/${user.id}/`)).toEqual([]);
    expect(await listImages(user.id, characterId)).toHaveLength(1);
  });

  it('is one image when both are finished at once, each twice', async () => {
    const { user, ctx, characterId } = await stage();
    const uploads = await Promise.all([1, 2].map(() => uploadFile(ctx, characterId, photo)));
    const ids = uploads.map(({ imageId }) => imageId);
    const answers = await Promise.all(
      [...ids, ...ids].map((imageId) => finishUpload(ctx, { imageId })),
    );
    expect(answers.map(({ state }) => state).sort()).toEqual([
      'duplicate',
      'duplicate',
      'ready',
      'ready',
    ]);
    expect(await storedKeys(`characters/${characterId}/`)).toHaveLength(2);
    expect(await listImages(user.id, characterId)).toHaveLength(1);
  });

  it('is two images in two characters, and can come back after it was removed', async () => {
    const { ctx, user, characterId } = await stage();
    const other = await makeCharacter(user);
    const states = [];
    for (const id of [characterId, other.id]) {
      const { imageId } = await uploadFile(ctx, id, photo);
      states.push((await finishUpload(ctx, { imageId })).state);
    }
    expect(states).toEqual(['ready', 'ready']);
    const [image] = await listImages(user.id, characterId);
    await removeImage(ctx, { imageId: image?.id ?? '' });
    const { imageId } = await uploadFile(ctx, characterId, photo);
    expect(await finishUpload(ctx, { imageId })).toMatchObject({ state: 'ready' });
  });
});

describe('a bad upload', () => {
  it('is rejected by name and reason, the same each time; others go on', async () => {
    const { user, ctx, characterId } = await stage();
    const bad = await uploadFile(ctx, characterId, Buffer.from('<svg xmlns="x"/>'), {
      fileName: 'logo.jpg',
    });
    const good = await uploadFile(ctx, characterId, photo);
    const answers = await Promise.all(
      [bad, good, bad].map(({ imageId }) => finishUpload(ctx, { imageId })),
    );
    const refused = {
      state: 'rejected',
      code: 'NOT_AN_IMAGE',
      details: { fileName: 'logo.jpg', found: 'svg' },
    };
    expect(answers).toMatchObject([refused, { state: 'ready' }, refused]);
    expect(await finishUpload(ctx, { imageId: bad.imageId })).toEqual(refused);
    expect(await storedKeys(`incoming/${user.id}/`)).toEqual([]);
    expect(await listImages(user.id, characterId)).toMatchObject([
      { state: 'rejected', rejection: { code: 'NOT_AN_IMAGE', details: refused.details } },
      { state: 'ready' },
    ]);
  });

  it.each([
    ['IMAGE_BROKEN', () => photo.subarray(0, 2_000)],
    ['FILE_TOO_LARGE', () => Buffer.concat([photo, Buffer.alloc(20_000_001 - photo.length)])],
  ])('is rejected as %s', async (code, file) => {
    const { user, ctx, characterId } = await stage();
    const { imageId } = await requestUpload(ctx, {
      characterId,
      fileName: 'x.jpg',
      bytes: 5,
      contentType: 'image/jpeg',
    });
    await store().write(incomingImageKey(user.id, imageId), file(), 'image/jpeg');
    expect(await finishUpload(ctx, { imageId })).toMatchObject({
      state: 'rejected',
      code,
      details: { fileName: 'x.jpg' },
    });
    expect(await storedKeys(`characters/${characterId}/`)).toEqual([]);
  });

  it('that never arrived is UPLOAD_MISSING and can still come', async () => {
    const { user, ctx, characterId } = await stage();
    const { imageId } = await requestUpload(ctx, {
      characterId,
      fileName: 'late.jpg',
      bytes: 5,
      contentType: 'image/jpeg',
    });
    await expect(finishUpload(ctx, { imageId })).rejects.toMatchObject({
      code: 'UPLOAD_MISSING',
      details: { fileName: 'late.jpg' },
    });
    await store().write(incomingImageKey(user.id, imageId), photo, 'image/jpeg');
    expect(await finishUpload(ctx, { imageId })).toMatchObject({ state: 'ready' });
  });
});

it("answers NOT_FOUND for somebody else's upload and leaves it as it is", async () => {
  const { ctx, characterId } = await stage();
  const { imageId } = await uploadFile(ctx, characterId, photo);
  const stranger = creatorContext((await makeUser()).id);
  for (const id of [imageId, randomUUID()]) {
    await expect(finishUpload(stranger, { imageId: id })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  }
  expect(await finishUpload(ctx, { imageId })).toMatchObject({ state: 'ready' });
});

it('leaves no objects of an image that was removed while it was being stored', async () => {
  const { ctx, characterId } = await stage();
  const { imageId } = await uploadFile(ctx, characterId, photo);
  const image = { id: imageId, characterId };
  await storePicture(image, async () => {
    await removeImage(ctx, { imageId });
    return photo;
  });
  expect(await storedKeys(`characters/${characterId}/`)).toEqual([]);
  expect(await db().characterImage.count({ where: { characterId } })).toBe(0);
});

it('leaves the row as it was when the trouble is ours', async () => {
  const { ctx, characterId } = await stage();
  const { imageId } = await uploadFile(ctx, characterId, photo);
  const broken = storePicture({ id: imageId, characterId }, () =>
    Promise.reject(new Error('connection lost')),
  );
  await expect(broken).rejects.toThrow('connection lost');
  expect((await ingestImage(photo)).width).toBe(160);
  expect(await finishUpload(ctx, { imageId })).toMatchObject({ state: 'ready' });
});
