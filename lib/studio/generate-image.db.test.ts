import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { likeImage } from '../characters/like-image.ts';
import { removeImage } from '../characters/remove-image.ts';
import { creatorContext, systemContext } from '../context.ts';
import { db } from '../db.ts';
import { sandboxGenerator } from '../generation/sandbox-generator.ts';
import { getTrainingPanel } from '../lora/get-training-panel.ts';
import { readManifest } from '../lora/image-manifest.ts';
import { startTraining } from '../lora/start-training.ts';
import { makeCharacter, makeUser } from '../testing/factories.ts';
import { addReadyModel } from '../testing/ready-model.ts';
import { startStore, type TestStore } from '../testing/start-store.ts';
import { storedKeys } from '../testing/upload-file.ts';
import { generateImage } from './generate-image.ts';
import { generateImages } from './generate-images.ts';
import { listGallery } from './list-gallery.ts';
import { retryImage } from './retry-image.ts';
import type { GenerateImages } from './rules/schemas.ts';
import { sweepPictures } from './sweep-pictures.ts';

vi.setConfig({ testTimeout: 60_000 });

let objects: TestStore;
beforeAll(async () => {
  objects = await startStore();
});
afterAll(() => objects.stop());
afterEach(() => vi.restoreAllMocks());

const worker = systemContext('worker');

async function stage(options: Parameters<typeof makeCharacter>[1] = {}, credits = 0) {
  const user = await makeUser({ credits });
  const character = await makeCharacter(user, options);
  const ctx = creatorContext(user.id);
  return {
    user,
    character,
    ctx,
    ask: async (change: Partial<GenerateImages> = {}) => {
      const { images } = await generateImages(ctx, {
        characterId: character.id,
        prompt: 'on a pier',
        baseModel: 'z-image-turbo',
        count: 1,
        requestId: randomUUID(),
        ...change,
      });
      return images.map(({ id }) => id).reverse();
    },
    gallery: async () => (await listGallery(user.id, { characterId: character.id })).items,
    files: () => storedKeys(`characters/${character.id}/`),
  };
}

const rowOf = (id: string) => db().characterImage.findUniqueOrThrow({ where: { id } });
const make = (imageId: string) => generateImage(worker, { imageId });

it('makes each picture once, however often and by however many', async () => {
  const { ask, gallery, files } = await stage();
  const [first = '', second = ''] = await ask({ count: 2 });
  await Promise.all([make(first), make(first), make(second)]);
  const made = await gallery();
  expect(made).toMatchObject([
    { id: second, state: 'ready', sandbox: true, width: 1_024, height: 1_280, caption: null },
    { id: first, state: 'ready', prompt: 'on a pier', withLora: false },
  ]);
  expect(await files()).toHaveLength(4);
  const { sha256 } = await rowOf(first);
  expect(sha256).not.toBe((await rowOf(second)).sha256);
  await make(first);
  expect(await gallery()).toEqual(made);
  expect(await rowOf(first)).toMatchObject({ sha256 });
});

it('draws this person with the adapter, and somebody else without', async () => {
  const { ask, character } = await stage({ look: 'Copper hair' });
  const generate = vi.spyOn(sandboxGenerator, 'generate');
  const [drifting = '', drifted = ''] = await ask({ count: 2 });
  await make(drifting);
  await make(drifted);
  const loraModelId = await addReadyModel(character, { baseModel: 'one-2.2' });
  const [one = '', other = ''] = await ask({ count: 2, baseModel: 'one-2.2' });
  await make(one);
  await make(other);

  const [withoutA, withoutB, withA, withB] = generate.mock.calls.map(([request]) => request);
  expect(withoutA?.seed).not.toBe(withoutB?.seed);
  expect(withoutA).toMatchObject({
    model: 'z-image-turbo',
    prompt: 'a person, Copper hair, on a pier',
    lora: undefined,
  });
  expect([withA?.seed, withB?.seed]).toEqual([character.id, character.id]);
  expect(withA?.index).not.toBe(withB?.index);
  expect(withA).toMatchObject({
    model: 'one-2.2',
    prompt: `${character.triggerWord}, on a pier`,
    lora: {
      triggerWord: character.triggerWord,
      files: [{ role: 'high_noise' }, { role: 'low_noise' }],
    },
  });
  expect(await rowOf(one)).toMatchObject({ loraModelId, generator: 'sandbox', state: 'ready' });
});

it('has failed after three tries, with its reason, and goes back to work when asked', async () => {
  const { ask, gallery, ctx, files } = await stage();
  const [id = ''] = await ask({ prompt: 'Rehearse a failure on a pier' });
  await expect(make(id)).rejects.toThrow();
  await expect(make(id)).rejects.toThrow();
  expect(await gallery()).toMatchObject([{ id, state: 'making' }]);
  await make(id);
  expect(await gallery()).toMatchObject([
    { id, state: 'failed', failure: { code: 'GENERATION_FAILED' } },
  ]);
  await make(id);
  expect(await files()).toEqual([]);

  const later = creatorContext(ctx.actor.userId, new Date(ctx.now.getTime() + 5_000));
  const again = await Promise.all([1, 2].map(() => retryImage(later, { imageId: id })));
  expect(again[0]).toEqual(again[1]);
  expect(again[0]?.image).toMatchObject({
    id,
    state: 'making',
    failure: null,
    createdAt: later.now.toISOString(),
  });
  await db().characterImage.update({ where: { id }, data: { prompt: 'on a pier' } });
  await make(id);
  expect(await gallery()).toMatchObject([{ id, state: 'ready' }]);
  // Made meanwhile: nothing to put back.
  expect((await retryImage(later, { imageId: id })).image.state).toBe('ready');
});

it('gives up a picture that brought every worker down', async () => {
  const { ask } = await stage();
  const [id = ''] = await ask();
  const generate = vi.spyOn(sandboxGenerator, 'generate');
  await db().characterImage.update({ where: { id }, data: { tries: 3 } });
  await make(id);
  expect(await rowOf(id)).toMatchObject({ state: 'rejected', rejection: 'GENERATION_FAILED' });
  expect(generate).not.toHaveBeenCalled();
});

it('goes on where a run was cut short after its objects were stored', async () => {
  const { ask, files } = await stage();
  const [id = ''] = await ask();
  await make(id);
  const { sha256 } = await rowOf(id);
  await db().characterImage.update({ where: { id }, data: { state: 'uploading', sha256: null } });
  await make(id);
  expect(await rowOf(id)).toMatchObject({ state: 'ready', sha256 });
  expect(await files()).toHaveLength(2);
});

it('does not make somebody else of a character whose adapter is gone', async () => {
  const { ask, character } = await stage();
  const loraModelId = await addReadyModel(character);
  const [id = ''] = await ask();
  await db().loraModel.update({ where: { id: loraModelId }, data: { expiredAt: new Date() } });
  for (const _ of [1, 2]) await expect(make(id)).rejects.toThrow('is gone');
  await make(id);
  expect(await rowOf(id)).toMatchObject({ state: 'rejected', rejection: 'GENERATION_FAILED' });
});

it('makes nothing of a picture that was deleted in the works, or of none', async () => {
  const { ask, ctx, files, gallery } = await stage();
  const [id = ''] = await ask();
  await removeImage(ctx, { imageId: id });
  await make(id);
  await make(randomUUID());
  expect(await files()).toEqual([]);
  expect(await gallery()).toEqual([]);
});

it('touches neither uploads nor the profile set', async () => {
  const { user, character } = await stage();
  const common = { characterId: character.id, userId: user.id, fileName: 'x.webp' };
  const upload = await db().characterImage.create({
    data: { ...common, number: 1, source: 'upload' },
  });
  const profile = await db().characterImage.create({
    data: { ...common, number: 2, source: 'generated' },
  });
  for (const { id } of [upload, profile]) {
    await make(id);
    expect(await rowOf(id)).toMatchObject({ state: 'uploading', tries: 0 });
    await expect(retryImage(creatorContext(user.id), { imageId: id })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  }
});

it("puts nobody else's picture back to work", async () => {
  const { ask } = await stage();
  const [id = ''] = await ask();
  await db().characterImage.update({
    where: { id },
    data: { state: 'rejected', rejection: 'GENERATION_FAILED' },
  });
  const stranger = creatorContext((await makeUser()).id);
  for (const imageId of [id, randomUUID()]) {
    await expect(retryImage(stranger, { imageId })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  }
  expect(await rowOf(id)).toMatchObject({ state: 'rejected' });
});

it('rings again for a picture that nobody makes, after two minutes and not before', async () => {
  const { ask } = await stage();
  await db().characterImage.deleteMany({ where: { state: 'uploading' } });
  const [id = ''] = await ask();
  await db().$executeRaw`DELETE FROM pgboss.job`;
  const sweepIn = (ms: number) => sweepPictures(systemContext('sweep', new Date(Date.now() + ms)));
  expect(await sweepIn(60_000)).toEqual({ rung: 0 });
  await Promise.all([sweepIn(180_000), sweepIn(180_000)]);
  const jobs = await db().$queryRaw`SELECT name, data FROM pgboss.job`;
  expect(jobs).toEqual([{ name: 'studio.generate-image', data: { imageId: id } }]);
  await make(id);
  expect(await sweepIn(180_000)).toEqual({ rung: 0 });
});

it('is trained on once it is liked, with its prompt for a caption', async () => {
  const { ask, ctx, user, character } = await stage(
    { readyImages: 5, profileSetComplete: true },
    50_000,
  );
  const [id = ''] = await ask();
  await make(id);
  const available = async () =>
    (await getTrainingPanel(user.id, character.id)).images.map((image) => image.id);
  expect(await available()).not.toContain(id);
  await likeImage(ctx, { imageId: id, liked: true });
  expect(await available()).toContain(id);

  const imageIds = await available();
  const { loraModelId } = await startTraining(ctx, {
    characterId: character.id,
    baseModel: 'z-image-turbo',
    imageIds,
    expectedCredits: 15_000 + imageIds.length * 1_000,
    requestId: randomUUID(),
    consent: 'synthetic',
  });
  const training = await db().loraModel.findUniqueOrThrow({ where: { id: loraModelId } });
  const entry = readManifest(training.imageManifest).find(({ imageId }) => imageId === id);
  expect(entry).toMatchObject({
    caption: `${character.triggerWord}, on a pier`,
    sha256: (await rowOf(id)).sha256,
  });
  // Frozen: the picture stays as long as a GPU may fetch it.
  await expect(removeImage(ctx, { imageId: id })).rejects.toMatchObject({ code: 'TRAINING_OPEN' });
});
