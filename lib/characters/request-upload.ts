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
 * Makes room for an image and a link that takes its file for ten minutes. A file whose SHA-256 is
 * told is recognised: when its upload is not finished yet, that one goes on; when its picture is
 * here, it is refused by the picture's number. The hash is what the client says until `finishUpload`
 * has held the bytes against it.
 *
 * With `newImageId` the image has that id: asked for again, it is the same image.
 *
 * Nothing is written for a file that is refused already by what is said of it. Refuses NOT_FOUND,
 * NOT_AN_IMAGE, FILE_TOO_LARGE, ALREADY_HERE, TOO_MANY_UPLOADS.
 */
export async function requestUpload(
  ctx: CreatorContext,
  input: RequestUpload,
  newImageId?: string,
): Promise<RequestedUpload> {
  const { fileName, bytes, sha256 } = input;
  const contentType = uploadContentType(input);
  demand(contentType, 'NOT_AN_IMAGE', { fileName });
  demand(bytes <= maxUploadBytes, 'FILE_TOO_LARGE', { fileName, bytes, maxBytes: maxUploadBytes });

  const image = await inTransaction(async (tx) => {
    const { id } = await lockCharacter(tx, ctx.actor.userId, input.characterId);
    if (sha256) await demandNew(tx, id, { sha256, fileName });
    return (
      (await findUnfinished(tx, id, input)) ??
      (await findMade(tx, id, newImageId)) ??
      (await addImage(tx, ctx, { id: newImageId, characterId: id, fileName, sha256 }))
    );
  });
  const key = incomingImageKey(ctx.actor.userId, image.id);
  const upload = await store().presignPut(key, { bytes, contentType, sha256 }, linkSeconds);
  return { imageId: image.id, number: image.number, upload };
}

/** The hash of a ready image was computed by us: another one cannot be made to stand in its way. */
async function demandNew(
  tx: Tx,
  characterId: string,
  { sha256, fileName }: { sha256: string; fileName: string },
): Promise<void> {
  const here = await tx.characterImage.findFirst({
    where: { characterId, sourceSha256: sha256, state: 'ready' },
    orderBy: { number: 'asc' },
    select: { id: true, number: true },
  });
  if (here) {
    throw new DomainError('ALREADY_HERE', { fileName, ofImageId: here.id, ofNumber: here.number });
  }
}

/** The upload that is asked to go on: by its image's id, or the one that was begun for this file. */
async function findUnfinished(
  tx: Tx,
  characterId: string,
  { imageId, sha256 }: Pick<RequestUpload, 'imageId' | 'sha256'>,
) {
  if (!imageId && !sha256) return null;
  const image = await tx.characterImage.findFirst({
    where: {
      ...(imageId ? { id: imageId } : { sourceSha256: sha256 }),
      characterId,
      state: 'uploading',
      source: 'upload',
    },
  });
  if (!imageId) return image;
  // Another file under the same id would be joined from parts of both.
  const other = image?.sourceSha256 && sha256 && image.sourceSha256 !== sha256;
  demand(image && !other, 'NOT_FOUND');
  if (sha256 && !image.sourceSha256) {
    await tx.characterImage.update({ where: { id: imageId }, data: { sourceSha256: sha256 } });
  }
  return image;
}

/** What a request that was cut off has made already. */
async function findMade(tx: Tx, characterId: string, id: string | undefined) {
  return id ? tx.characterImage.findFirst({ where: { id, characterId } }) : null;
}

async function addImage(
  tx: Tx,
  ctx: CreatorContext,
  image: { id?: string; characterId: string; fileName: string; sha256?: string },
) {
  const { id, characterId, fileName, sha256 } = image;
  if ((await tx.characterImage.count({ where: { characterId } })) >= maxImagesPerCharacter) {
    throw new DomainError('TOO_MANY_UPLOADS', { fileName, maxImages: maxImagesPerCharacter });
  }
  return tx.characterImage.create({
    data: {
      id,
      characterId,
      userId: ctx.actor.userId,
      number: await numberImages(tx, characterId, 1),
      source: 'upload',
      fileName,
      sourceSha256: sha256,
      createdAt: ctx.now,
    },
  });
}
