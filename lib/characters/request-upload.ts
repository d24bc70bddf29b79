import type { CreatorContext } from '../context.ts';
import { inTransaction, type Tx } from '../db.ts';
import { DomainError, demand } from '../errors.ts';
import {
  maxImagesPerCharacter,
  maxUploadBytes,
  uploadContentType,
} from '../media/rules/upload-limits.ts';
import { incomingImageKey } from '../storage/keys.ts';
import { store } from '../storage/store.ts';
import { lockCharacter } from './lock-character.ts';
import { numberImages } from './number-images.ts';
import type { RequestUpload } from './rules/schemas.ts';

const linkSeconds = 600;

export interface RequestedUpload {
  imageId: string;
  number: number;
  /** Where to PUT the file's bytes, exactly as many as announced, with these headers. */
  upload: { url: string; headers: Record<string, string> };
}

/**
 * Makes room for an image and a link that takes its file for ten minutes. Nothing is written for a
 * file that is refused already by what the browser says of it.
 * Refuses NOT_FOUND, NOT_AN_IMAGE, FILE_TOO_LARGE, TOO_MANY_UPLOADS.
 */
export async function requestUpload(
  ctx: CreatorContext,
  input: RequestUpload,
): Promise<RequestedUpload> {
  const { fileName, bytes } = input;
  const contentType = uploadContentType(input);
  demand(contentType, 'NOT_AN_IMAGE', { fileName });
  demand(bytes <= maxUploadBytes, 'FILE_TOO_LARGE', { fileName, bytes, maxBytes: maxUploadBytes });

  const image = await inTransaction(async (tx) => {
    const { id } = await lockCharacter(tx, ctx.actor.userId, input.characterId);
    return input.imageId
      ? findUnfinished(tx, id, input.imageId)
      : addImage(tx, ctx, { characterId: id, fileName });
  });
  const key = incomingImageKey(ctx.actor.userId, image.id);
  const upload = await store().presignPut(key, { bytes, contentType }, linkSeconds);
  return { imageId: image.id, number: image.number, upload };
}

async function findUnfinished(tx: Tx, characterId: string, id: string) {
  const image = await tx.characterImage.findFirst({
    where: { id, characterId, state: 'uploading', source: 'upload' },
  });
  demand(image, 'NOT_FOUND');
  return image;
}

async function addImage(
  tx: Tx,
  ctx: CreatorContext,
  { characterId, fileName }: { characterId: string; fileName: string },
) {
  if ((await tx.characterImage.count({ where: { characterId } })) >= maxImagesPerCharacter) {
    throw new DomainError('TOO_MANY_UPLOADS', { fileName, maxImages: maxImagesPerCharacter });
  }
  return tx.characterImage.create({
    data: {
      characterId,
      userId: ctx.actor.userId,
      number: await numberImages(tx, characterId, 1),
      source: 'upload',
      fileName,
      createdAt: ctx.now,
    },
  });
}
