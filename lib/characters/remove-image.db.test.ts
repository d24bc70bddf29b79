import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TrainingStatus } from '../../prisma/client/client.ts';
import { creatorContext, systemContext } from '../context.ts';
import { db } from '../db.ts';
import { imageDisplayKey } from '../storage/keys.ts';
import { makeCharacter, makeUser } from '../testing/factories.ts';
import { startStore, type TestStore } from '../testing/start-store.ts';
import { storedKeys, uploadFile } from '../testing/upload-file.ts';
import { imageLink } from './image-link.ts';
import { listImages } from './list-images.ts';
import { removeImage } from './remove-image.ts';
import { undoKeptMs } from './rules/undo.ts';
import { sweepUploads } from './sweep-uploads.ts';

let objects: TestStore;
beforeAll(async () => {
  objects = await startStore();
});
afterAll(() => objects.stop());

async function stage() {
  const user = await makeUser();
  const character = await makeCharacter(user, { readyImages: 2, withObjects: true });
  const [first, second] = character.images.map(({ id }) => id);
  return {
    user,
    ctx: creatorContext(user.id),
    character,
    first: first ?? '',
    second: second ?? '',
  };
}

const sweepIn = (ms: number) => sweepUploads(systemContext('sweep', new Date(Date.now() + ms)));

/** A training whose manifest names `imageId`, in the given state. */
async function train(
  character: Awaited<ReturnType<typeof stage>>['character'],
  imageId: string,
  status: TrainingStatus,
) {
  const key = imageDisplayKey(character.id, imageId);
  await db().loraModel.create({
    data: {
      characterId: character.id,
      userId: character.userId,
      status,
      trainingCompletedAt: status === 'pending' ? null : new Date(),
      baseModel: 'z-image-turbo',
      triggerWord: character.triggerWord,
      config: {},
      imageManifest: [
        { imageId: randomUUID(), key: 'x', sha256: '', caption: '' },
        { imageId, key, sha256: '', caption: '' },
      ],
      imageManifestSha256: '',
      imageCount: 5,
      requestId: randomUUID(),
      requestHash: '',
      startedBy: 'creator',
      costCredits: 0,
      priceVersion: 1,
      externalProvider: 'sandbox',
      trainingSteps: 1_500,
      deadlineAt: new Date(),
    },
  });
}

it('removes the image at once, its objects when the way back is closed', async () => {
  const { user, ctx, character, first, second } = await stage();
  const outcomes = await Promise.allSettled([1, 2].map(() => removeImage(ctx, { imageId: first })));
  expect(outcomes.some(({ status }) => status === 'fulfilled')).toBe(true);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'NOT_FOUND' });
  }
  await expect(removeImage(ctx, { imageId: first })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(imageLink(user.id, first, 'full')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(await listImages(user.id, character.id)).toMatchObject([{ id: second }]);
  const keys = () => storedKeys(`characters/${character.id}/images/${first}/`);
  expect(await keys()).toHaveLength(2);
  await sweepIn(undoKeptMs - 1_000);
  expect(await keys()).toHaveLength(2);
  await sweepIn(undoKeptMs + 1_000);
  expect(await keys()).toEqual([]);
  expect(await db().characterImage.count({ where: { id: first } })).toBe(0);
  expect(await storedKeys(`characters/${character.id}/images/${second}/`)).toHaveLength(2);
});

it('removes an upload that is under way, with its file', async () => {
  const { user, ctx, character } = await stage();
  const { imageId } = await uploadFile(ctx, character.id, Buffer.from('12345'));
  await removeImage(ctx, { imageId });
  expect(await storedKeys(`incoming/${user.id}/`)).toEqual([]);
  expect(await listImages(user.id, character.id)).toHaveLength(2);
});

it('is refused while an open training needs the picture', async () => {
  const { ctx, character, first, second } = await stage();
  await train(character, first, 'pending');
  await expect(removeImage(ctx, { imageId: first })).rejects.toMatchObject({
    code: 'TRAINING_OPEN',
  });
  expect(await storedKeys(`characters/${character.id}/images/${first}/`)).toHaveLength(2);
  await removeImage(ctx, { imageId: second });
});

it('is allowed once the training has ended', async () => {
  const { ctx, character, first } = await stage();
  await train(character, first, 'cancelled');
  await removeImage(ctx, { imageId: first });
});

it("answers NOT_FOUND for somebody else's image and leaves it", async () => {
  const { user, character, first } = await stage();
  const stranger = creatorContext((await makeUser()).id);
  for (const imageId of [first, randomUUID()]) {
    await expect(removeImage(stranger, { imageId })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  }
  expect(await listImages(user.id, character.id)).toHaveLength(2);
});

it('links to the pictures for their owner only', async () => {
  const { user, character, first } = await stage();
  for (const [size, longSide] of [
    ['thumb', 300],
    ['full', 300],
  ] as const) {
    const { url, expiresInSeconds } = await imageLink(user.id, first, size);
    expect(expiresInSeconds).toBe(300);
    const answer = await fetch(url);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('image/webp');
    expect((await answer.arrayBuffer()).byteLength).toBeGreaterThan(longSide);
    expect((await fetch(url.replace(/\?.*/, ''))).status).toBe(403);
  }
  const stranger = await makeUser();
  for (const id of [first, randomUUID()]) {
    await expect(imageLink(stranger.id, id, 'full')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  }
  await expect(listImages(stranger.id, character.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
