import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { creatorContext } from '../context.ts';
import { db } from '../db.ts';
import { saveDraft } from '../lora/save-draft.ts';
import { makeCharacter, makeUser } from '../testing/factories.ts';
import { completeProfileSet } from './complete-profile-set.ts';

const noon = new Date('2026-03-12T12:00:00Z');
const later = new Date('2026-03-12T13:00:00Z');

async function stage(readyImages = 6) {
  const user = await makeUser();
  const character = await makeCharacter(user, { readyImages });
  const input = { characterId: character.id, agreedCredits: 21_000, consent: 'self' } as const;
  return { user, ctx: creatorContext(user.id, noon), character, input };
}

async function bells(characterId: string): Promise<number> {
  const rows = await db().$queryRaw<unknown[]>`
    SELECT FROM pgboss.job
     WHERE name = 'lora.auto-start' AND data ->> 'characterId' = ${characterId}`;
  return rows.length;
}

const afterwards = (characterId: string) =>
  db().character.findUniqueOrThrow({
    where: { id: characterId },
    include: { consents: true },
  });

it('finishes the set, keeps what was agreed and consented to, and rings for the start', async () => {
  const { ctx, character, input } = await stage();
  expect(await completeProfileSet(ctx, input)).toEqual({
    completedAt: noon.toISOString(),
    trainingChosen: true,
  });
  expect(await afterwards(character.id)).toMatchObject({
    profileSetCompletedAt: noon,
    agreedPriceCredits: 21_000,
    agreedAt: noon,
    loraTrainingEnabled: true,
    consents: [
      {
        kind: 'self',
        wordingVersion: 1,
        imageSha256s: character.images.map(({ sha256 }) => sha256),
      },
    ],
  });
  expect(await bells(character.id)).toBe(1);
});

it('finishes without training when that was chosen', async () => {
  const { ctx, character, input } = await stage();
  const chosen = { ...input, agreedCredits: null, consent: null };
  expect(await completeProfileSet(ctx, chosen)).toMatchObject({ trainingChosen: false });
  expect(await afterwards(character.id)).toMatchObject({
    profileSetCompletedAt: noon,
    agreedPriceCredits: null,
    agreedAt: null,
    loraTrainingEnabled: false,
    consents: [],
  });
  expect(await bells(character.id)).toBe(0);
});

it('does not ring when the automatic start is switched off', async () => {
  const { ctx, character, input } = await stage();
  await db().character.update({
    where: { id: character.id },
    data: { loraTrainingAutoStart: false },
  });
  await completeProfileSet(ctx, input);
  expect(await afterwards(character.id)).toMatchObject({ agreedPriceCredits: 21_000 });
  expect(await bells(character.id)).toBe(0);
});

it('finishes once: a repeat gets the first answer and changes nothing', async () => {
  const { user, ctx, character, input } = await stage();
  const first = await completeProfileSet(ctx, input);
  const again = { ...input, agreedCredits: null, consent: 'synthetic' } as const;
  expect(await completeProfileSet(creatorContext(user.id, later), again)).toEqual(first);
  expect(await afterwards(character.id)).toMatchObject({
    profileSetCompletedAt: noon,
    agreedPriceCredits: 21_000,
    loraTrainingEnabled: true,
    consents: [{ kind: 'self' }],
  });
});

it('finishes once when pressed five times at once', async () => {
  const { ctx, character, input } = await stage();
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => completeProfileSet(ctx, input)),
  );
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect((await afterwards(character.id)).consents).toHaveLength(1);
  expect(await bells(character.id)).toBe(1);
});

it('counts only ready images of the profile set', async () => {
  const { ctx, character, input } = await stage(6);
  const [first, second, third] = character.images.map(({ id }) => id);
  await db().characterImage.update({ where: { id: first }, data: { inProfileSet: false } });
  await db().characterImage.update({
    where: { id: second },
    data: { state: 'rejected', rejection: 'IMAGE_BROKEN' },
  });
  await db().characterImage.update({ where: { id: third }, data: { state: 'uploading' } });
  await expect(completeProfileSet(ctx, input)).rejects.toMatchObject({
    code: 'TOO_FEW_IMAGES',
    details: { missing: 2 },
  });
  const untouched = await afterwards(character.id);
  expect(untouched).toMatchObject({ profileSetCompletedAt: null, consents: [] });
  expect(await bells(character.id)).toBe(0);
});

it('asks who this is before a training, unless that was said before', async () => {
  const { ctx, character, input } = await stage();
  const silent = { ...input, consent: null };
  await expect(completeProfileSet(ctx, silent)).rejects.toMatchObject({ code: 'CONSENT_NEEDED' });
  expect(await afterwards(character.id)).toMatchObject({ profileSetCompletedAt: null });
  await db().consent.create({
    data: { characterId: character.id, kind: 'permitted', wordingVersion: 1, imageSha256s: [] },
  });
  await completeProfileSet(ctx, silent);
  expect((await afterwards(character.id)).consents).toHaveLength(1);
});

it("answers NOT_FOUND for somebody else's character and leaves it", async () => {
  const { character, input } = await stage();
  const stranger = creatorContext((await makeUser()).id);
  for (const characterId of [character.id, randomUUID()]) {
    await expect(completeProfileSet(stranger, { ...input, characterId })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  }
  expect(await afterwards(character.id)).toMatchObject({
    profileSetCompletedAt: null,
    consents: [],
  });
});

describe('what the finishing button said must still be so (D11)', () => {
  async function expectNothing(characterId: string) {
    expect(await afterwards(characterId)).toMatchObject({
      profileSetCompletedAt: null,
      agreedPriceCredits: null,
      consents: [],
    });
    expect(await bells(characterId)).toBe(0);
  }

  it.each([20_999, 22_000, 0])('refuses another price than the present one: %d', async (agreed) => {
    const { ctx, character, input } = await stage();
    await expect(
      completeProfileSet(ctx, { ...input, agreedCredits: agreed }),
    ).rejects.toMatchObject({
      code: 'PRICE_CHANGED',
      details: { expectedCredits: agreed, currentCredits: 21_000 },
    });
    await expectNothing(character.id);
  });

  it('prices the saved draft, not all images', async () => {
    const { ctx, character, input } = await stage();
    const imageIds = character.images.slice(0, 5).map(({ id }) => id);
    await saveDraft(ctx, { characterId: character.id, baseModel: 'one-2.2', imageIds });
    await expect(completeProfileSet(ctx, input)).rejects.toMatchObject({
      details: { currentCredits: 30_000 },
    });
    await completeProfileSet(ctx, { ...input, agreedCredits: 30_000 });
    expect(await afterwards(character.id)).toMatchObject({ agreedPriceCredits: 30_000 });
  });

  it('refuses a chosen image that is gone', async () => {
    const { ctx, character, input } = await stage(7);
    const imageIds = character.images.slice(0, 6).map(({ id }) => id);
    await saveDraft(ctx, { characterId: character.id, baseModel: 'z-image-turbo', imageIds });
    await db().characterImage.delete({ where: { id: imageIds[0] } });
    await expect(completeProfileSet(ctx, input)).rejects.toMatchObject({
      code: 'IMAGE_NOT_AVAILABLE',
      details: { missing: 1 },
    });
    await expectNothing(character.id);
  });

  it.each([
    [3, 'TOO_FEW_IMAGES', { missing: 2 }],
    [51, 'TOO_MANY_IMAGES', { over: 1 }],
  ] as const)('refuses %d chosen images', async (count, code, details) => {
    const { ctx, character, input } = await stage(51);
    const imageIds = character.images.slice(0, count).map(({ id }) => id);
    await saveDraft(ctx, { characterId: character.id, baseModel: 'z-image-turbo', imageIds });
    await expect(completeProfileSet(ctx, input)).rejects.toMatchObject({ code, details });
    await expectNothing(character.id);
  });
});
