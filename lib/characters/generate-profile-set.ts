import type { Context } from '../context.ts';
import { db } from '../db.ts';
import { chooseGenerator } from '../generation/choose-generator.ts';
import { profileImageId } from './profile-images.ts';
import { profilePrompt, profileScenes } from './rules/profile-scenes.ts';
import { storePicture } from './store-picture.ts';

/**
 * Makes the pictures of a requested profile set that are not made yet. Each is stored like an
 * upload; a run that was cut short, repeated or doubled makes none twice. A character that is gone
 * has nothing to make.
 */
export async function generateProfileSet(
  _ctx: Context,
  { characterId }: { characterId: string },
): Promise<void> {
  const character = await db().character.findUnique({ where: { id: characterId } });
  if (!character) return;
  for (const [index, { expression, setting }] of profileScenes.entries()) {
    const image = await db().characterImage.findFirst({
      where: { id: profileImageId(characterId, index), state: 'uploading' },
    });
    if (!image) continue;
    const { bytes, prompt, caption } = await chooseGenerator().generate({
      look: character.look,
      seed: character.id,
      index,
      prompt: profilePrompt(character.look, setting),
      expression,
    });
    await db().characterImage.updateMany({
      where: { id: image.id, state: 'uploading' },
      data: { prompt, caption, generator: chooseGenerator().id },
    });
    await storePicture(image, bytes);
  }
}
