import { randomUUID } from 'node:crypto';
import { beforeEach, expect, it } from 'vitest';
import { creatorContext } from '../context.ts';
import { db } from '../db.ts';
import { env } from '../env.ts';
import { makeCharacter, makeUser } from '../testing/factories.ts';
import { addReadyModel } from '../testing/ready-model.ts';
import { generateImages } from './generate-images.ts';
import { maxInTheWorks } from './rules/limits.ts';
import type { GenerateImages } from './rules/schemas.ts';

const dayMs = 24 * 3_600_000;

beforeEach(async () => {
  await db().$executeRaw`DELETE FROM pgboss.job`;
});

async function stage(options: Parameters<typeof makeCharacter>[1] = {}) {
  const user = await makeUser();
  const character = await makeCharacter(user, options);
  const input: GenerateImages = {
    characterId: character.id,
    prompt: 'on a pier',
    baseModel: 'z-image-turbo',
    count: 2,
    requestId: randomUUID(),
  };
  const ctx = creatorContext(user.id);
  return {
    character,
    input,
    ctx,
    ask: (change: Partial<GenerateImages> = {}) => generateImages(ctx, { ...input, ...change }),
    rows: () =>
      db().characterImage.findMany({
        where: { characterId: character.id, source: 'generated' },
        orderBy: { number: 'asc' },
      }),
  };
}

async function rungFor(): Promise<unknown[]> {
  const jobs = await db().$queryRaw<{ data: { imageId: string } }[]>`
    SELECT data FROM pgboss.job WHERE name = 'studio.generate-image'`;
  return jobs.map(({ data }) => data.imageId).sort();
}

it('puts the pictures into the works at once, numbered, each with its bell', async () => {
  const { ask, rows } = await stage({ readyImages: 3 });
  const { images } = await ask();
  expect(images).toMatchObject([5, 4].map((number) => ({ number, state: 'making', liked: false })));
  expect(images[0]).toMatchObject({
    prompt: 'on a pier',
    inProfileSet: false,
    withLora: false,
    model: { id: 'z-image-turbo', label: 'Z-Image Turbo' },
    failure: null,
  });
  const made = await rows();
  expect(made).toMatchObject([
    { state: 'uploading', tries: 0, likedAt: null, caption: null, loraModelId: null },
    {},
  ]);
  expect(await rungFor()).toEqual(made.map(({ id }) => id).sort());
});

it('answers the same request with the same pictures, repeated and at once', async () => {
  const { ask, rows } = await stage();
  const answers = await Promise.all([ask(), ask(), ask()]);
  expect(await ask()).toEqual(answers[0]);
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(await rows()).toHaveLength(2);
  expect(await rungFor()).toHaveLength(2);
});

it('refuses the same request with another wish', async () => {
  const { ask, rows, ctx } = await stage();
  await ask();
  const { id: otherId } = await makeCharacter({ id: ctx.actor.userId }, { name: 'Nora' });
  for (const change of [
    { prompt: 'in a forest' },
    { baseModel: 'one-2.1' },
    { count: 1 },
    { count: 4 },
    { characterId: otherId },
  ] as const) {
    await expect(ask(change), JSON.stringify(change)).rejects.toMatchObject({
      code: 'REQUEST_REUSED',
    });
  }
  expect(await rows()).toHaveLength(2);
});

it('keeps two creators with one request id apart', async () => {
  const [one, other] = [await stage(), await stage()];
  const requestId = randomUUID();
  const answers = [await one.ask({ requestId }), await other.ask({ requestId })];
  expect(new Set(answers.flatMap(({ images }) => images.map(({ id }) => id))).size).toBe(4);
});

it("is NOT_FOUND for somebody else's character and for none", async () => {
  const { input, rows } = await stage();
  const stranger = creatorContext((await makeUser()).id);
  for (const characterId of [input.characterId, randomUUID()]) {
    await expect(generateImages(stranger, { ...input, characterId })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  }
  expect(await rows()).toEqual([]);
  expect(await rungFor()).toEqual([]);
});

it('has room for so many in the works and no more, also at once', async () => {
  const { ask, rows } = await stage();
  const outcomes = await Promise.allSettled(
    Array.from({ length: 5 }, () => ask({ count: 4, requestId: randomUUID() })),
  );
  const refused = outcomes.filter(({ status }) => status === 'rejected');
  expect(refused).toMatchObject([
    { reason: { code: 'GENERATION_BUSY', details: { inTheWorks: 12, most: maxInTheWorks } } },
    {},
  ]);
  expect(await rows()).toHaveLength(maxInTheWorks);
  const [first] = await rows();
  await db().characterImage.update({
    where: { id: first?.id },
    data: { state: 'rejected', rejection: 'GENERATION_FAILED' },
  });
  await ask({ count: 1, requestId: randomUUID() });
});

it('does not fill a character beyond what it can hold', async () => {
  const { ask, character } = await stage();
  await db().characterImage.createMany({
    data: Array.from({ length: 999 }, (_, index) => ({
      characterId: character.id,
      userId: character.userId,
      number: 10_000 + index,
      source: 'upload' as const,
      state: 'rejected' as const,
      rejection: 'NOT_AN_IMAGE',
      fileName: 'x.jpg',
    })),
  });
  await expect(ask()).rejects.toMatchObject({ code: 'TOO_MANY_UPLOADS' });
  await ask({ count: 1 });
});

it('counts presses, and says how long to wait', async () => {
  const { ask } = await stage();
  const presses = await Promise.allSettled(Array.from({ length: 45 }, () => ask()));
  const refused = presses.filter((press) => press.status === 'rejected');
  expect(refused).toHaveLength(5);
  expect(refused[0]?.reason).toMatchObject({
    code: 'TOO_MANY_REQUESTS',
    details: { retryAfterSeconds: expect.any(Number) },
  });
});

it('refuses a model without its licence (D14)', async () => {
  const { ask, rows } = await stage();
  await expect(ask({ baseModel: 'flux' })).rejects.toMatchObject({ code: 'LICENCE_NEEDED' });
  expect(await rows()).toEqual([]);
});

it('takes the newest adapter that can be used, and puts off its removal (D13)', async () => {
  const { ask, character, rows, ctx } = await stage();
  const now = ctx.now.getTime();
  const at = (days: number) => new Date(now + days * dayMs);
  const old = await addReadyModel(character, { createdAt: at(-9), expiresAt: at(1) });
  const newest = await addReadyModel(character, { createdAt: at(-5), expiresAt: at(2) });
  await addReadyModel(character, { createdAt: at(-4), expiresAt: at(-1) });
  await addReadyModel(character, { createdAt: at(-3), expiredAt: at(-1) });
  await addReadyModel(character, { createdAt: at(-2), baseModel: 'one-2.2' });

  const { images } = await ask({ count: 1 });
  expect(images).toMatchObject([{ withLora: true }]);
  expect(await rows()).toMatchObject([{ loraModelId: newest }]);
  const expiries = await db().loraModel.findMany({
    where: { id: { in: [old, newest] } },
    orderBy: { createdAt: 'asc' },
    select: { expiresAt: true },
  });
  expect(expiries).toEqual([{ expiresAt: at(1) }, { expiresAt: at(env().LORA_EXPIRY_DAYS) }]);
});

it('makes pictures without a LoRA where there is none and where the model knows none (Q6)', async () => {
  const { ask, character, rows } = await stage();
  await addReadyModel(character, { baseModel: 'one-2.1' });
  await ask({ count: 1, requestId: randomUUID() });
  await ask({ count: 1, requestId: randomUUID(), baseModel: 'sdxl-lightning' });
  expect(await rows()).toMatchObject([
    { baseModel: 'z-image-turbo', loraModelId: null },
    { baseModel: 'sdxl-lightning', loraModelId: null },
  ]);
});
