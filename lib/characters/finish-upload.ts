import { buffer } from 'node:stream/consumers';
import type { CharacterImage } from '../../prisma/client/client.ts';
import type { CreatorContext } from '../context.ts';
import { db } from '../db.ts';
import { DomainError, demand, type ErrorCode, type ErrorDetails } from '../errors.ts';
import { maxUploadBytes } from '../media/rules/upload-limits.ts';
import { incomingImageKey } from '../storage/keys.ts';
import type { StoredObject } from '../storage/storage.ts';
import { store } from '../storage/store.ts';
import { hiddenRejections, type ImageView, imageView, rejectionOf } from './image-view.ts';
import { storePicture } from './store-picture.ts';

export type FinishedUpload =
  | { state: 'ready'; image: ImageView }
  /** The character has this picture already. */
  | { state: 'duplicate'; ofImageId: string; ofNumber: number }
  /** For `wordError`; the details name the file. */
  | { state: 'rejected'; code: ErrorCode; details: ErrorDetails };

/**
 * Turns an uploaded file into an image, or says why it is none (decisions, "Images"). Asking again,
 * or twice at once, gets the same answer; a call that was cut short is made good by the next one or
 * by the sweep. Refuses NOT_FOUND, UPLOAD_MISSING (the file has not arrived) and UPLOAD_DAMAGED
 * (its bytes are not those that were announced); after both it can be sent again.
 */
export async function finishUpload(
  ctx: CreatorContext,
  { imageId }: { imageId: string },
): Promise<FinishedUpload> {
  const { userId } = ctx.actor;
  const image = await findImage(userId, imageId);
  if (image.state !== 'uploading') return answerFor(image);

  const key = incomingImageKey(userId, imageId);
  const arrived = await store().head(key);
  if (arrived) {
    await storePicture(image, () => readWhole(arrived)).catch(async (error: unknown) => {
      // What is damaged must not be in the way of what is sent anew.
      if (isCode(error, 'UPLOAD_DAMAGED')) await store().remove([key]);
      // Another call may have finished the upload and cleared it away between our look and our read.
      if (!isCode(error, 'NOT_FOUND')) throw error;
    });
  }
  const settled = await findImage(userId, imageId);
  demand(settled.state !== 'uploading', 'UPLOAD_MISSING', { fileName: image.fileName });
  await store().remove([key]);
  return answerFor(settled);
}

async function findImage(userId: string, id: string): Promise<CharacterImage> {
  const image = await db().characterImage.findFirst({ where: { id, userId } });
  demand(image && image.rejection !== hiddenRejections.removed, 'NOT_FOUND');
  return image;
}

async function readWhole({ key, bytes }: StoredObject): Promise<Uint8Array> {
  demand(bytes <= maxUploadBytes, 'FILE_TOO_LARGE', { bytes, maxBytes: maxUploadBytes });
  return buffer(await store().read(key));
}

function isCode(error: unknown, code: ErrorCode): boolean {
  return error instanceof DomainError && error.code === code;
}

function answerFor(image: CharacterImage): FinishedUpload {
  const rejection = rejectionOf(image);
  if (!rejection) return { state: 'ready', image: imageView(image) };
  const { code, details } = rejection;
  if (code !== hiddenRejections.copy) return { state: 'rejected', code, details };
  return {
    state: 'duplicate',
    ofImageId: String(details.ofImageId),
    ofNumber: Number(details.ofNumber),
  };
}
