import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { creatorContext, systemContext } from '../context.ts';
import { db } from '../db.ts';
import { imageDisplayKey, incomingImageKey } from '../storage/keys.ts';
import { store } from '../storage/store.ts';
import { makeCharacter, makePhoto, makeUser } from '../testing/factories.ts';
import { startStore, type TestStore } from '../testing/start-store.ts';
import { storedKeys, uploadFile } from '../testing/upload-file.ts';
import { finishUpload } from './finish-upload.ts';
import { listImages } from './list-images.ts';
import { requestParts } from './request-parts.ts';
import { requestProfileSet } from './request-profile-set.ts';
import { requestUpload } from './request-upload.ts';
import { sweepUploads } from './sweep-uploads.ts';

let objects: TestStore;
beforeAll(async () => {
  objects = await startStore();
});
afterAll(() => objects.stop());

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const photo = await makePhoto('sweep', { width: 160, height: 200 });
const nothing = {
  finished: 0,
  filesRemoved: 0,
  imagesRemoved: 0,
  uploadsAborted: 0,
  setsResumed: 0,
};
const sweepIn = (ms: number) => sweepUploads(systemContext('sweep', new Date(Date.now() + ms)));

beforeEach(async () => {
  await db().characterImage.deleteMany();
  await store().remove(await storedKeys(''));
});

async function stage() {
  const user = await makeUser();
  const { id } = await makeCharacter(user);
  return {
    user,
    ctx: creatorContext(user.id),
    characterId: id,
    images: () => listImages(user.id, id),
  };
}

const file = { fileName: 'IMG_1.jpg', bytes: 5, contentType: 'image/jpeg' };

it('finishes a file that arrived without a word, after two minutes and not before', async () => {
  const { ctx, characterId, images } = await stage();
  const { imageId } = await uploadFile(ctx, characterId, photo);
  expect(await sweepIn(0)).toEqual(nothing);
  expect(await sweepIn(3 * minuteMs)).toEqual({ ...nothing, finished: 1 });
  expect(await images()).toMatchObject([{ id: imageId, state: 'ready' }]);
  expect(await storedKeys('incoming/')).toEqual([]);
  expect(await sweepIn(3 * minuteMs)).toEqual(nothing);
});

it('rejects what arrived and is no picture', async () => {
  const { ctx, characterId, images } = await stage();
  await uploadFile(ctx, characterId, Buffer.from('no picture'));
  expect(await sweepIn(3 * minuteMs)).toMatchObject({ finished: 1 });
  expect(await images()).toMatchObject([
    { state: 'rejected', rejection: { code: 'NOT_AN_IMAGE' } },
  ]);
});

it('removes after a day what never arrived, and keeps it until then', async () => {
  const { ctx, characterId, images } = await stage();
  await requestUpload(ctx, { ...file, characterId });
  expect(await sweepIn(dayMs - minuteMs)).toEqual(nothing);
  expect(await images()).toHaveLength(1);
  expect(await sweepIn(dayMs + minuteMs)).toEqual({ ...nothing, imagesRemoved: 1 });
  expect(await images()).toEqual([]);
});

it('aborts after a day what arrived in parts and was not finished', async () => {
  const { user, ctx, characterId } = await stage();
  const { imageId } = await requestUpload(ctx, { ...file, bytes: 9_000_000, characterId });
  const { parts } = await requestParts(ctx, { imageId, bytes: 9_000_000 });
  const sent = await fetch(parts[0]?.upload?.url ?? '', {
    method: 'PUT',
    body: new Uint8Array(parts[0]?.bytes ?? 0),
  });
  expect(sent.status).toBe(200);
  expect(await sweepIn(dayMs - minuteMs)).toEqual(nothing);
  const { uploadId } = await db().characterImage.findUniqueOrThrow({ where: { id: imageId } });
  const key = incomingImageKey(user.id, imageId);
  expect(await store().listParts(key, uploadId ?? '')).toHaveLength(1);
  expect(await sweepIn(dayMs + minuteMs)).toEqual({ ...nothing, imagesRemoved: 1 });
  expect(await store().listParts(key, uploadId ?? '')).toBeNull();
});

it('aborts parts that no image knows, a day after their beginning', async () => {
  const { user, ctx, characterId } = await stage();
  const { imageId } = await requestUpload(ctx, { ...file, bytes: 9_000_000, characterId });
  await requestParts(ctx, { imageId, bytes: 9_000_000 });
  const key = incomingImageKey(user.id, imageId);
  const lost = await store().createUpload(key, 'image/jpeg');
  await db().characterImage.delete({ where: { id: imageId } });
  expect(await sweepIn(dayMs - minuteMs)).toEqual(nothing);
  expect(await sweepIn(dayMs + minuteMs)).toEqual({ ...nothing, uploadsAborted: 2 });
  expect(await store().listParts(key, lost)).toBeNull();
  expect(await sweepIn(dayMs + minuteMs)).toEqual(nothing);
});

it('takes away what arrived damaged; the upload can still come', async () => {
  const { user, ctx, characterId, images } = await stage();
  const { imageId } = await requestUpload(ctx, { ...file, characterId, sha256: 'a'.repeat(64) });
  await store().write(incomingImageKey(user.id, imageId), photo, 'image/jpeg');
  expect(await sweepIn(3 * minuteMs)).toEqual({ ...nothing, filesRemoved: 1 });
  expect(await storedKeys('incoming/')).toEqual([]);
  expect(await images()).toMatchObject([{ id: imageId, state: 'uploading' }]);
});

it('removes files whose image is settled or gone', async () => {
  const { user, ctx, characterId, images } = await stage();
  const { imageId } = await uploadFile(ctx, characterId, photo);
  await finishUpload(ctx, { imageId });
  await store().write(incomingImageKey(user.id, imageId), photo, 'image/jpeg');
  const { imageId: gone } = await uploadFile(ctx, characterId, photo);
  await db().characterImage.delete({ where: { id: gone } });
  expect(await sweepIn(3 * minuteMs)).toEqual({ ...nothing, filesRemoved: 2 });
  expect(await storedKeys('incoming/')).toEqual([]);
  expect(await images()).toMatchObject([{ id: imageId, state: 'ready' }]);
  expect(await storedKeys(`characters/${characterId}/`)).toHaveLength(2);
});

it('completes a removal that was cut short, at once', async () => {
  const { user, characterId } = await stage();
  const { id } = await db().characterImage.create({
    data: {
      characterId,
      userId: user.id,
      number: 1,
      source: 'upload',
      fileName: 'x.jpg',
      state: 'rejected',
      rejection: 'NOT_FOUND',
    },
  });
  await store().write(imageDisplayKey(characterId, id), photo, 'image/webp');
  expect(await sweepIn(0)).toEqual({ ...nothing, imagesRemoved: 1 });
  expect(await storedKeys('characters/')).toEqual([]);
  expect(await db().characterImage.count()).toBe(0);
});

it('forgets a copy after a day; the image it was a copy of stays', async () => {
  const { ctx, characterId, images } = await stage();
  for (const _ of [1, 2]) {
    const { imageId } = await uploadFile(ctx, characterId, photo);
    await finishUpload(ctx, { imageId });
  }
  expect(await db().characterImage.count()).toBe(2);
  expect(await sweepIn(dayMs - minuteMs)).toEqual(nothing);
  expect(await sweepIn(dayMs + minuteMs)).toEqual({ ...nothing, imagesRemoved: 1 });
  expect(await images()).toHaveLength(1);
  expect(await storedKeys('characters/')).toHaveLength(2);
});

it('rings again for a profile set that nobody makes', async () => {
  const { ctx, characterId } = await stage();
  await requestProfileSet(ctx, { characterId });
  await db().$executeRaw`DELETE FROM pgboss.job`;
  expect(await sweepIn(minuteMs)).toEqual(nothing);
  expect(await sweepIn(3 * minuteMs)).toEqual({ ...nothing, setsResumed: 1 });
  const jobs = await db().$queryRaw<{ data: unknown }[]>`SELECT data FROM pgboss.job`;
  expect(jobs).toEqual([{ data: { characterId } }]);
});

it('does no more than fifty of each at once, and the rest next time, also doubled', async () => {
  const { user, characterId } = await stage();
  await db().characterImage.createMany({
    data: Array.from({ length: 60 }, (_, index) => ({
      characterId,
      userId: user.id,
      number: index + 1,
      source: 'upload' as const,
      fileName: 'x.jpg',
    })),
  });
  expect(await sweepIn(2 * dayMs)).toMatchObject({ imagesRemoved: 50 });
  await Promise.all([sweepIn(2 * dayMs), sweepIn(2 * dayMs)]);
  expect(await db().characterImage.count()).toBe(0);
});
