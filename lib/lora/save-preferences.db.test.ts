import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { creatorContext } from '../context.ts';
import { db } from '../db.ts';
import { makeCharacter, makeUser } from '../testing/factories.ts';
import { savePreferencesSchema } from './rules/schemas.ts';
import { saveDraft } from './save-draft.ts';
import { savePreferences } from './save-preferences.ts';

async function stage(readyImages = 5) {
  const user = await makeUser();
  const { id: characterId, images } = await makeCharacter(user, { readyImages });
  const kept = () => db().character.findUniqueOrThrow({ where: { id: characterId } });
  return { ctx: creatorContext(user.id), characterId, images, kept };
}

describe('savePreferences', () => {
  it('starts as specified: training on, notice at half off, the others on', async () => {
    const { kept } = await stage();
    expect(await kept()).toMatchObject({
      loraTrainingEnabled: true,
      loraTrainingAutoStart: true,
      notifyProgress: false,
      notifyRetrain: true,
      notifyEmail: true,
    });
  });

  it('changes what it names and nothing else; the newest save wins', async () => {
    const { ctx, characterId, kept } = await stage();
    await savePreferences(ctx, { characterId, notifyProgress: true });
    await savePreferences(ctx, { characterId, notifyRetrain: false, notifyEmail: false });
    await savePreferences(ctx, { characterId, loraTrainingAutoStart: false });
    await savePreferences(ctx, { characterId, notifyEmail: true });
    expect(await kept()).toMatchObject({
      loraTrainingEnabled: true,
      loraTrainingAutoStart: false,
      notifyProgress: true,
      notifyRetrain: false,
      notifyEmail: true,
    });
  });

  it('keeps both of two saves at once that name different things', async () => {
    const { ctx, characterId, kept } = await stage();
    await Promise.all([
      savePreferences(ctx, { characterId, notifyProgress: true }),
      savePreferences(ctx, { characterId, loraTrainingAutoStart: false }),
    ]);
    expect(await kept()).toMatchObject({ notifyProgress: true, loraTrainingAutoStart: false });
  });

  it('gives every change a later version, drafts included', async () => {
    const { ctx, characterId, images, kept } = await stage();
    const versions = [(await kept()).updatedAt.toISOString()];
    const rest = () => new Promise((resolve) => setTimeout(resolve, 2));
    await rest();
    versions.push((await savePreferences(ctx, { characterId, notifyProgress: true })).version);
    await rest();
    const draft = { baseModel: 'one-2.1', imageIds: images.map(({ id }) => id) } as const;
    versions.push((await saveDraft(ctx, { characterId, ...draft })).version);
    expect(versions).toEqual([...new Set(versions)].sort());
    expect((await kept()).updatedAt.toISOString()).toBe(versions.at(-1));
  });

  it('refuses to switch training on with fewer than 5 images (Q2), and says how many', async () => {
    const { ctx, characterId, kept } = await stage(3);
    // It is on from the beginning; off and on again is another matter.
    await savePreferences(ctx, { characterId, loraTrainingEnabled: true });
    await savePreferences(ctx, { characterId, loraTrainingEnabled: false });
    await expect(
      savePreferences(ctx, { characterId, loraTrainingEnabled: true, notifyProgress: true }),
    ).rejects.toMatchObject({ code: 'TOO_FEW_IMAGES', details: { missing: 2 } });
    expect(await kept()).toMatchObject({ loraTrainingEnabled: false, notifyProgress: false });
  });

  it('counts only images that can be trained on', async () => {
    const { ctx, characterId, images } = await stage(6);
    const [first, second] = images.map(({ id }) => id);
    await savePreferences(ctx, { characterId, loraTrainingEnabled: false });
    await db().characterImage.update({ where: { id: first }, data: { inProfileSet: false } });
    await db().characterImage.update({
      where: { id: second },
      data: { state: 'rejected', rejection: 'IMAGE_BROKEN' },
    });
    const on = { characterId, loraTrainingEnabled: true };
    await expect(savePreferences(ctx, on)).rejects.toMatchObject({ details: { missing: 1 } });
    await db().characterImage.update({ where: { id: first }, data: { likedAt: new Date() } });
    await savePreferences(ctx, on);
  });

  it("answers NOT_FOUND for somebody else's character, and leaves it", async () => {
    const { characterId, kept } = await stage();
    const stranger = creatorContext((await makeUser()).id);
    for (const id of [characterId, randomUUID()]) {
      await expect(
        savePreferences(stranger, { characterId: id, loraTrainingEnabled: false }),
      ).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(saveDraft(stranger, { characterId: id, imageIds: [] })).rejects.toMatchObject({
        code: 'NOT_FOUND',
      });
    }
    expect(await kept()).toMatchObject({ loraTrainingEnabled: true, draftImageIds: [] });
  });

  it.each([
    ['an extra key', { notifySms: true }],
    ['a word', { notifyEmail: 'yes' }],
    ['null', { loraTrainingEnabled: null }],
    ['a number', { notifyProgress: 1 }],
  ])('refuses %s', (_what, part) => {
    const input = { characterId: randomUUID(), ...part };
    expect(savePreferencesSchema.safeParse(input).success).toBe(false);
  });
});
