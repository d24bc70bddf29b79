import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { creatorContext, systemContext } from '../context.ts';
import { db } from '../db.ts';
import { getTrainingPanel } from '../lora/get-training-panel.ts';
import { makeCharacter, makeUser } from '../testing/factories.ts';
import { startStore, type TestStore } from '../testing/start-store.ts';
import { storedKeys } from '../testing/upload-file.ts';
import { imageFileLink } from './image-file-link.ts';
import { imageLink } from './image-link.ts';
import { listImages } from './list-images.ts';
import { removeImage } from './remove-image.ts';
import { requestProfileSet } from './request-profile-set.ts';
import { restoreImage } from './restore-image.ts';
import { undoKeptMs } from './rules/undo.ts';
import { sweepUploads } from './sweep-uploads.ts';

let objects: TestStore;
beforeAll(async () => {
  objects = await startStore();
});
afterAll(() => objects.stop());

const start = new Date('2026-03-12T12:00:00Z');
const after = (ms: number) => new Date(start.getTime() + ms);

async function stage() {
  const user = await makeUser();
  const character = await makeCharacter(user, { readyImages: 2, liked: 1, withObjects: true });
  const [first, second] = character.images.map(({ id }) => id);
  return {
    user,
    character,
    ctx: (ms = 0) => creatorContext(user.id, after(ms)),
    first: first ?? '',
    second: second ?? '',
    images: () => listImages(user.id, character.id),
    sweep: (ms: number) => sweepUploads(systemContext('sweep', after(ms))),
    choices: async () =>
      (await getTrainingPanel(user.id, character.id)).images.map(({ id }) => id).sort(),
  };
}

it('brings the image back as it was, heart included, as often as asked', async () => {
  const { ctx, first, second, images, user, choices, sweep } = await stage();
  const before = await images();
  await removeImage(ctx(), { imageId: first });
  expect(await choices()).toEqual([second]);
  await sweep(undoKeptMs - 1);
  await Promise.all([1, 2].map(() => restoreImage(ctx(undoKeptMs), { imageId: first })));
  await restoreImage(ctx(undoKeptMs + 60_000), { imageId: first });
  expect(await images()).toEqual(before);
  expect(await choices()).toEqual([first, second].sort());
  expect((await fetch((await imageLink(user.id, first, 'full')).url)).status).toBe(200);
});

it('is too late once the time is over, and never half done beside the sweep', async () => {
  const { ctx, first, second, images, sweep, character } = await stage();
  await removeImage(ctx(), { imageId: first });
  await expect(restoreImage(ctx(undoKeptMs + 1), { imageId: first })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
  await sweep(undoKeptMs + 1);
  await expect(restoreImage(ctx(), { imageId: first })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });

  // At the very edge one of the two wins, whole.
  await removeImage(ctx(), { imageId: second });
  const [restored] = await Promise.allSettled([
    restoreImage(ctx(undoKeptMs), { imageId: second }),
    sweep(undoKeptMs + 1),
  ]);
  const keys = await storedKeys(`characters/${character.id}/images/${second}/`);
  if (restored.status === 'fulfilled') {
    expect([(await images()).length, keys.length]).toEqual([1, 2]);
  } else {
    expect(restored.reason).toMatchObject({ code: 'NOT_FOUND' });
    expect([(await images()).length, keys.length]).toEqual([0, 0]);
  }
});

it('is refused when the same picture came in again meanwhile', async () => {
  const { ctx, first, second, images } = await stage();
  const { sha256 } = await db().characterImage.findUniqueOrThrow({ where: { id: first } });
  await removeImage(ctx(), { imageId: first });
  await db().characterImage.update({ where: { id: second }, data: { sha256 } });
  await expect(restoreImage(ctx(), { imageId: first })).rejects.toMatchObject({
    code: 'ALREADY_HERE',
    details: { ofImageId: second, ofNumber: 2 },
  });
  expect(await images()).toMatchObject([{ id: second }]);
});

it("brings back nobody else's image, and none that was not deleted by hand", async () => {
  const { ctx, first, second } = await stage();
  await removeImage(ctx(), { imageId: first });
  const stranger = creatorContext((await makeUser()).id, start);
  await db().characterImage.update({
    where: { id: second },
    data: { state: 'rejected', rejection: 'IMAGE_BROKEN' },
  });
  for (const [who, imageId] of [
    [stranger, first],
    [ctx(), randomUUID()],
    [ctx(), second],
  ] as const) {
    await expect(restoreImage(who, { imageId })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  }
});

it('begins a deleted picture of the profile set anew instead of bringing it back', async () => {
  const { ctx, character, images } = await stage();
  await requestProfileSet(ctx(), { characterId: character.id });
  const drawn = (await images())[2]?.id ?? '';
  await db().characterImage.update({
    where: { id: drawn },
    data: { state: 'ready', sha256: 'a'.repeat(64), bytes: 1, width: 1, height: 1 },
  });
  await removeImage(ctx(), { imageId: drawn });
  await requestProfileSet(ctx(), { characterId: character.id });
  const again = (await images()).find(({ id }) => id === drawn);
  expect(again).toMatchObject({ number: 11, state: 'uploading' });
  await expect(restoreImage(ctx(), { imageId: drawn })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
});

it('saves a picture under a name of its own, for its owner', async () => {
  const { user, character, first } = await stage();
  await db().character.update({ where: { id: character.id }, data: { name: '../Mára "x"' } });
  const answer = await fetch(await imageFileLink(user.id, first));
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-disposition')).toContain('attachment; filename="..M_ra x-1');
  await db().characterImage.update({ where: { id: first }, data: { generator: 'sandbox' } });
  expect(decodeURIComponent(await imageFileLink(user.id, first))).toContain('-1-sandbox.webp');
  const stranger = await makeUser();
  for (const imageId of [first, randomUUID()]) {
    await expect(imageFileLink(stranger.id, imageId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  }
});
