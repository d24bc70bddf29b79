import type { CharacterImage } from '../../prisma/client/client.ts';
import { storePicture } from '../characters/store-picture.ts';
import type { Context } from '../context.ts';
import { db } from '../db.ts';
import { chooseGenerator } from '../generation/choose-generator.ts';
import { log } from '../log.ts';
import { readAdapter } from './find-adapter.ts';
import { studioPictures } from './gallery-item.ts';
import { maxTries } from './rules/limits.ts';
import { studioPrompt } from './rules/studio-prompt.ts';

/**
 * Makes one picture that was asked for. Each try is written down before the generator is called, so
 * a picture that brings its worker down is tried no oftener than another; after the last one it has
 * failed, GENERATION_FAILED. A run that was cut short, repeated or doubled makes nothing twice. A
 * picture that is made, deleted or gone needs nothing.
 */
export async function generateImage(
  _ctx: Context,
  { imageId }: { imageId: string },
): Promise<void> {
  const image = await beginTry(imageId);
  if (!image) return giveUp(imageId);
  try {
    await storePicture(image, await draw(image));
  } catch (error) {
    if (image.tries < maxTries) throw error;
    log().error({ imageId, error }, 'a picture was not made');
    await giveUp(imageId);
  }
}

const inTheWorks = { state: 'uploading', ...studioPictures } as const;

async function beginTry(id: string): Promise<CharacterImage | null> {
  const { count } = await db().characterImage.updateMany({
    where: { id, ...inTheWorks, tries: { lt: maxTries } },
    data: { tries: { increment: 1 } },
  });
  return count === 1 ? db().characterImage.findUnique({ where: { id } }) : null;
}

async function giveUp(id: string): Promise<void> {
  await db().characterImage.updateMany({
    where: { id, ...inTheWorks, tries: { gte: maxTries } },
    data: { state: 'rejected', rejection: 'GENERATION_FAILED' },
  });
}

async function draw(image: CharacterImage): Promise<Uint8Array> {
  const character = await db().character.findUniqueOrThrow({ where: { id: image.characterId } });
  const adapter = image.loraModelId ? await readAdapter(db(), image.loraModelId) : null;
  // Without the adapter it was promised with it would be somebody else.
  if (image.loraModelId && !adapter) throw new Error(`adapter ${image.loraModelId} is gone`);
  const generator = chooseGenerator();
  const { bytes } = await generator.generate({
    look: character.look,
    // With an adapter it is this person; without one nothing holds two pictures together.
    seed: adapter ? character.id : image.id,
    index: pictureIndex(image.id),
    prompt: studioPrompt(image.prompt ?? '', {
      look: character.look,
      triggerWord: adapter?.triggerWord ?? null,
    }),
    model: image.baseModel ?? undefined,
    lora: adapter
      ? { files: adapter.files, triggerWord: adapter.triggerWord, strength: 1 }
      : undefined,
  });
  await db().characterImage.updateMany({
    where: { id: image.id, ...inTheWorks },
    data: { generator: generator.id },
  });
  return bytes;
}

/** A number of the picture's own, the same in every try, so that each try makes the same picture. */
function pictureIndex(imageId: string): number {
  return Number.parseInt(imageId.slice(0, 7), 16);
}
