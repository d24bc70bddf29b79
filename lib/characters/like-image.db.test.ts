import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { creatorContext } from '../context.ts';
import { db } from '../db.ts';
import { makeCharacter, makeUser } from '../testing/factories.ts';
import { likeImage } from './like-image.ts';
import { listImages } from './list-images.ts';
import { saveCaption } from './save-caption.ts';

const noon = new Date('2026-03-12T12:00:00Z');
const later = new Date('2026-03-12T13:00:00Z');

async function stage() {
  const user = await makeUser();
  const character = await makeCharacter(user, { readyImages: 1 });
  const imageId = character.images[0]?.id ?? '';
  const only = async () => (await listImages(user.id, character.id))[0];
  return { user, character, imageId, only };
}

it('likes and unlikes; liking again keeps the first moment', async () => {
  const { user, imageId, only } = await stage();
  const at = (now: Date) => creatorContext(user.id, now);
  expect(await likeImage(at(noon), { imageId, liked: true })).toEqual({ imageId, liked: true });
  expect(await likeImage(at(later), { imageId, liked: true })).toEqual({ imageId, liked: true });
  expect(await only()).toMatchObject({ liked: true, likedAt: noon.toISOString() });
  expect(await likeImage(at(later), { imageId, liked: false })).toEqual({ imageId, liked: false });
  await likeImage(at(later), { imageId, liked: false });
  expect(await only()).toMatchObject({ liked: false, likedAt: null });
});

it('is liked once when pressed ten times at once', async () => {
  const { user, imageId, only } = await stage();
  await Promise.all(
    Array.from({ length: 10 }, () =>
      likeImage(creatorContext(user.id, noon), { imageId, liked: true }),
    ),
  );
  expect(await only()).toMatchObject({ likedAt: noon.toISOString() });
});

it('keeps a caption, and forgets an empty one', async () => {
  const { user, imageId, only } = await stage();
  const ctx = creatorContext(user.id);
  await saveCaption(ctx, { imageId, caption: 'by the sea' });
  expect(await only()).toMatchObject({ caption: 'by the sea' });
  await saveCaption(ctx, { imageId, caption: '' });
  expect(await only()).toMatchObject({ caption: null });
});

it("answers NOT_FOUND for somebody else's image, none, and one that is not ready", async () => {
  const { user, character, imageId, only } = await stage();
  const half = await db().characterImage.create({
    data: {
      characterId: character.id,
      userId: user.id,
      number: 2,
      source: 'upload',
      fileName: 'half.jpg',
    },
  });
  const stranger = creatorContext((await makeUser()).id);
  for (const [ctx, id] of [
    [stranger, imageId],
    [stranger, randomUUID()],
    [creatorContext(user.id), half.id],
  ] as const) {
    for (const liked of [true, false]) {
      await expect(likeImage(ctx, { imageId: id, liked })).rejects.toMatchObject({
        code: 'NOT_FOUND',
      });
    }
    await expect(saveCaption(ctx, { imageId: id, caption: 'x' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  }
  expect(await only()).toMatchObject({ liked: false, caption: null });
});
