import { createHash } from 'node:crypto';
import type { CharacterImage, Prisma } from '../../prisma/client/client.ts';
import { db, isUniqueViolation } from '../db.ts';
import { DomainError, demand, type ErrorCode } from '../errors.ts';
import { log } from '../log.ts';
import { type IngestedImage, ingestImage } from '../media/ingest-image.ts';
import { isTooSmallToTrain } from '../media/rules/training-size.ts';
import { imageDisplayKey, imageThumbnailKey } from '../storage/keys.ts';
import { store } from '../storage/store.ts';
import { hiddenRejections } from './image-view.ts';

/** What is wrong with the picture itself, as opposed to our trouble with it. */
const refusals: readonly ErrorCode[] = [
  'FILE_TOO_LARGE',
  'TOO_MANY_PIXELS',
  'NOT_AN_IMAGE',
  'IMAGE_BROKEN',
  'IMAGE_ANIMATED',
];

/**
 * Takes an image from `uploading` to its end: `ready` with its two objects stored, or `rejected`
 * with the reason; a picture that the character has already is rejected as its copy. Objects come
 * first and the row last, so a crash leaves an `uploading` row and the next call starts over.
 * Called twice at the same time, the first to write the row wins and the other does nothing.
 *
 * The source's hash is computed here and kept, so that the same file is known before it is sent
 * again; where the row has a hash that its client told, the source is held against it. A picture
 * that is too small to train on is kept outside the profile set: for looking at.
 *
 * Throws what is not the picture's fault and leaves the row as it was: UPLOAD_DAMAGED when the bytes
 * are not those that were told.
 */
export async function storePicture(
  image: Pick<CharacterImage, 'id' | 'characterId'> & Partial<Pick<CharacterImage, 'sourceSha256'>>,
  source: Uint8Array | (() => Promise<Uint8Array>),
): Promise<void> {
  let picture: IngestedImage;
  let sourceSha256 = '';
  try {
    picture = await ingestImage(async () => {
      const bytes = typeof source === 'function' ? await source() : source;
      sourceSha256 = createHash('sha256').update(bytes).digest('hex');
      const told = image.sourceSha256 ?? sourceSha256;
      demand(told === sourceSha256, 'UPLOAD_DAMAGED');
      return bytes;
    });
  } catch (error) {
    if (!(error instanceof DomainError) || !refusals.includes(error.code)) throw error;
    log().info(
      { imageId: image.id, code: error.code, cause: error.cause },
      'a picture was refused',
    );
    await settle(image.id, {
      state: 'rejected',
      rejection: error.code,
      rejectionDetails: error.details,
    });
    return;
  }

  const keys = {
    full: imageDisplayKey(image.characterId, image.id),
    thumbnail: imageThumbnailKey(image.characterId, image.id),
  };
  await Promise.all([
    store().write(keys.full, picture.full, 'image/webp'),
    store().write(keys.thumbnail, picture.thumbnail, 'image/webp'),
  ]);
  if (await markReady(image, { ...picture, sourceSha256 })) return;
  // Somebody else settled it in the meantime. Where it did not become ready, our objects belong to
  // nothing.
  const settled = await db().characterImage.findUnique({ where: { id: image.id } });
  if (settled?.state !== 'ready') await store().remove(Object.values(keys));
}

/** Whether this call made the image ready. */
async function markReady(
  image: Pick<CharacterImage, 'id' | 'characterId'>,
  { full, sha256, width, height, sourceSha256 }: IngestedImage & { sourceSha256: string },
): Promise<boolean> {
  for (;;) {
    try {
      return await settle(image.id, {
        state: 'ready',
        sha256,
        sourceSha256,
        bytes: full.length,
        width,
        height,
        uploadId: null,
        ...(isTooSmallToTrain({ width, height }) ? { inProfileSet: false } : {}),
      });
    } catch (error) {
      if (!isUniqueViolation(error, 'character_images_one_of_each')) throw error;
    }
    const original = await db().characterImage.findFirst({
      where: { characterId: image.characterId, sha256, state: 'ready' },
    });
    // It was removed just now: this one can take its place.
    if (!original) continue;
    await settle(image.id, {
      state: 'rejected',
      rejection: hiddenRejections.copy,
      rejectionDetails: { ofImageId: original.id, ofNumber: original.number },
    });
    return false;
  }
}

async function settle(
  imageId: string,
  data: Prisma.CharacterImageUpdateManyMutationInput,
): Promise<boolean> {
  const { count } = await db().characterImage.updateMany({
    where: { id: imageId, state: 'uploading' },
    data,
  });
  return count === 1;
}
