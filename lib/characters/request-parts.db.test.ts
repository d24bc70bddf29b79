import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { creatorContext } from '../context.ts';
import { db } from '../db.ts';
import { incomingImageKey } from '../storage/keys.ts';
import { store } from '../storage/store.ts';
import { makeCharacter, makePhoto, makeUser } from '../testing/factories.ts';
import { startStore, type TestStore } from '../testing/start-store.ts';
import { storedKeys } from '../testing/upload-file.ts';
import { finishUpload } from './finish-upload.ts';
import { giveUpUpload } from './give-up-upload.ts';
import { type RequestedPart, requestParts } from './request-parts.ts';
import { requestUpload } from './request-upload.ts';

let objects: TestStore;
beforeAll(async () => {
  objects = await startStore();
});
afterAll(() => objects.stop());

// A picture with something behind its end is read like the picture alone, so that a large file need
// not be a large picture.
const picture = await makePhoto('parts', { width: 640, height: 800 });
const file = Buffer.concat([picture, randomBytes(12_000_000)]);
const bytes = file.length;
const sha256 = createHash('sha256').update(file).digest('hex');

async function stage(told: { sha256?: string } = { sha256 }) {
  const user = await makeUser();
  const ctx = creatorContext(user.id);
  const { id: characterId } = await makeCharacter(user);
  const { imageId } = await requestUpload(ctx, {
    characterId,
    fileName: 'large.jpg',
    contentType: 'image/jpeg',
    bytes,
    ...told,
  });
  const row = () => db().characterImage.findUniqueOrThrow({ where: { id: imageId } });
  return { user, ctx, characterId, imageId, row, key: incomingImageKey(user.id, imageId) };
}

async function send(part: RequestedPart | undefined, from = file): Promise<number> {
  if (!part?.upload) throw new Error('no link');
  const { status } = await fetch(part.upload.url, {
    method: 'PUT',
    headers: part.upload.headers,
    body: new Uint8Array(from.subarray(part.start, part.start + part.bytes)),
  });
  return status;
}

const missing = (parts: RequestedPart[]) =>
  parts.filter(({ upload }) => upload).map(({ number }) => number);

describe('a file in parts', () => {
  it('arrives in any order, is joined when the last is here, and becomes the image', async () => {
    const { ctx, imageId, key, row } = await stage();
    const { parts, keptUntil } = await requestParts(ctx, { imageId, bytes });
    expect(missing(parts)).toEqual([1, 2, 3]);
    expect(Date.parse(keptUntil) - (await row()).createdAt.getTime()).toBe(24 * 60 * 60_000);
    for (const part of [...parts].reverse()) expect(await send(part)).toBe(200);
    await expect(finishUpload(ctx, { imageId })).rejects.toMatchObject({ code: 'UPLOAD_MISSING' });

    expect(missing((await requestParts(ctx, { imageId, bytes })).parts)).toEqual([]);
    expect((await buffer(await store().read(key))).equals(file)).toBe(true);
    // Asked again, the answer is the same.
    expect(missing((await requestParts(ctx, { imageId, bytes })).parts)).toEqual([]);
    expect(await finishUpload(ctx, { imageId })).toMatchObject({
      state: 'ready',
      image: { width: 640, height: 800, inProfileSet: true },
    });
    expect(await row()).toMatchObject({ sourceSha256: sha256, uploadId: null });
    await expect(requestParts(ctx, { imageId, bytes })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('goes on with what is missing, by the word of the store', async () => {
    const { ctx, characterId, imageId, row } = await stage();
    const first = await requestParts(ctx, { imageId, bytes });
    expect(await send(first.parts[1])).toBe(200);
    const { uploadId } = await row();

    // After a reload only the file is known, and it finds its upload by its hash.
    const again = await requestUpload(ctx, {
      characterId,
      fileName: 'large.jpg',
      contentType: 'image/jpeg',
      bytes,
      sha256,
    });
    expect(again.imageId).toBe(imageId);
    const second = await requestParts(ctx, { imageId, bytes });
    expect(missing(second.parts)).toEqual([1, 3]);
    expect((await row()).uploadId).toBe(uploadId);
    for (const part of second.parts) if (part.upload) expect(await send(part)).toBe(200);
    await requestParts(ctx, { imageId, bytes });
    expect(await finishUpload(ctx, { imageId })).toMatchObject({ state: 'ready' });
  });

  it('is begun once and joined once, also when it is asked for many times at once', async () => {
    const { user, ctx, imageId, row } = await stage();
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => requestParts(ctx, { imageId, bytes })),
    );
    const { uploadId } = await row();
    for (const { parts } of answers) {
      expect(parts.every(({ upload }) => upload?.url.includes(String(uploadId)))).toBe(true);
    }
    const open = [];
    for await (const upload of store().listUploads(`incoming/${user.id}/`)) open.push(upload);
    expect(open).toMatchObject([{ uploadId }]);

    for (const part of answers[0]?.parts ?? []) expect(await send(part)).toBe(200);
    const ends = await Promise.all([1, 2, 3].map(() => requestParts(ctx, { imageId, bytes })));
    for (const { parts } of ends) expect(missing(parts)).toEqual([]);
  });

  it('begins anew when the store has forgotten it', async () => {
    const { ctx, imageId, key, row } = await stage();
    const { parts } = await requestParts(ctx, { imageId, bytes });
    await send(parts[0]);
    await store().abortUpload(key, (await row()).uploadId ?? '');
    expect(await send(parts[1])).toBe(404);
    expect(missing((await requestParts(ctx, { imageId, bytes })).parts)).toEqual([1, 2, 3]);
  });

  it('that arrived damaged is found out by its hash and sent anew', async () => {
    const { ctx, imageId, key } = await stage();
    const damaged = Buffer.from(file);
    damaged[11_000_000] = (damaged[11_000_000] ?? 0) ^ 1;
    const { parts } = await requestParts(ctx, { imageId, bytes });
    for (const part of parts) await send(part, damaged);
    await requestParts(ctx, { imageId, bytes });
    await expect(finishUpload(ctx, { imageId })).rejects.toMatchObject({ code: 'UPLOAD_DAMAGED' });
    expect(await store().head(key)).toBeNull();
    const again = await requestParts(ctx, { imageId, bytes });
    expect(missing(again.parts)).toEqual([1, 2, 3]);
    for (const part of again.parts) await send(part);
    await requestParts(ctx, { imageId, bytes });
    expect(await finishUpload(ctx, { imageId })).toMatchObject({ state: 'ready' });
  });

  it('refuses a file over the limit', async () => {
    const { ctx, imageId, row } = await stage();
    await expect(requestParts(ctx, { imageId, bytes: 20_000_001 })).rejects.toMatchObject({
      code: 'FILE_TOO_LARGE',
    });
    expect((await row()).uploadId).toBeNull();
  });
});

describe('giving up', () => {
  it('removes what has arrived, and the row', async () => {
    const { user, ctx, imageId, key, row } = await stage();
    const { parts } = await requestParts(ctx, { imageId, bytes });
    await send(parts[0]);
    const { uploadId } = await row();
    await giveUpUpload(ctx, { imageId });
    expect(await store().listParts(key, uploadId ?? '')).toBeNull();
    expect(await storedKeys(`incoming/${user.id}/`)).toEqual([]);
    expect(await db().characterImage.count({ where: { id: imageId } })).toBe(0);
    await expect(giveUpUpload(ctx, { imageId })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('never touches an image', async () => {
    const user = await makeUser();
    const { images } = await makeCharacter(user, { readyImages: 1 });
    const imageId = images[0]?.id ?? '';
    await expect(giveUpUpload(creatorContext(user.id), { imageId })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(await db().characterImage.findUniqueOrThrow({ where: { id: imageId } })).toMatchObject({
      state: 'ready',
    });
  });
});

it("answers NOT_FOUND for somebody else's upload and for nobody's", async () => {
  const { ctx, imageId } = await stage();
  const { parts } = await requestParts(ctx, { imageId, bytes });
  await send(parts[0]);
  const stranger = creatorContext((await makeUser()).id);
  for (const id of [imageId, randomUUID()]) {
    const notFound = { code: 'NOT_FOUND' };
    await expect(requestParts(stranger, { imageId: id, bytes })).rejects.toMatchObject(notFound);
    await expect(giveUpUpload(stranger, { imageId: id })).rejects.toMatchObject(notFound);
  }
  expect(missing((await requestParts(ctx, { imageId, bytes })).parts)).toEqual([2, 3]);
});
