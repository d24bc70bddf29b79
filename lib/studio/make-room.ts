import type { Tx } from '../db.ts';
import { env } from '../env.ts';
import { DomainError, demand } from '../errors.ts';
import { type ImageModelId, imageModels } from '../lora/rules/base-models.ts';
import { touchModel } from '../lora/touch-model.ts';
import { maxImagesPerCharacter } from '../media/rules/upload-limits.ts';
import { type Adapter, findAdapter } from './find-adapter.ts';
import { studioPictures } from './gallery-item.ts';
import { maxInTheWorks } from './rules/limits.ts';

/**
 * Whether `count` more pictures of the character can be made now with that model. The caller holds
 * the character. Refuses LICENCE_NEEDED (D14) and GENERATION_BUSY.
 */
export async function demandRoom(
  tx: Tx,
  wanted: { characterId: string; baseModel: ImageModelId; count: number },
): Promise<void> {
  const { characterId, baseModel, count } = wanted;
  demand(!imageModels[baseModel].needsLicence || env().FLUX_LICENSE_REFERENCE, 'LICENCE_NEEDED');
  const inTheWorks = await tx.characterImage.count({
    where: { characterId, state: 'uploading', ...studioPictures },
  });
  if (inTheWorks + count > maxInTheWorks) {
    throw new DomainError('GENERATION_BUSY', { inTheWorks, most: maxInTheWorks });
  }
}

/** Whether the character can hold `count` more images. Refuses TOO_MANY_UPLOADS. */
export async function demandFrames(tx: Tx, characterId: string, count: number): Promise<void> {
  const held = await tx.characterImage.count({ where: { characterId } });
  demand(held + count <= maxImagesPerCharacter, 'TOO_MANY_UPLOADS', {
    maxImages: maxImagesPerCharacter,
  });
}

/** The adapter to make pictures with, or null. Being used puts off its removal (D13). */
export async function takeAdapter(
  tx: Tx,
  wanted: { characterId: string; baseModel: ImageModelId; now: Date },
): Promise<Adapter | null> {
  const adapter = await findAdapter(tx, wanted);
  if (!adapter) return null;
  return (await touchModel(tx, adapter.loraModelId, wanted.now)) ? adapter : null;
}
