import type { CharacterImage, Prisma } from '../../prisma/client/client.ts';
import { db, isUniqueViolation } from '../db.ts';
import { DomainError, type ErrorCode } from '../errors.ts';
import { log } from '../log.ts';
import { type IngestedImage, ingestImage } from '../media/ingest-image.ts';
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
 * Throws what is not the picture's fault and leaves the row as it was.
 */
export async function storePicture(
  image: Pick<CharacterImage, 'id' | 'characterId'>,
  source: Uint8Array | (() => Promise<Uint8Array>),
): Promise<void> {
  let picture: IngestedImage;
  try {
    picture = await ingestImage(source);
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
  if (await markReady(image, picture)) return;
  // Somebody else settled it in the meantime. Where it did not become ready, our objects belong to
  // nothing.
  const settled = await db().characterImage.findUnique({ where: { id: image.id } });
  if (settled?.state !== 'ready') await store().remove(Object.values(keys));
}

/** Whether this call made the image ready. */
async function markReady(
  image: Pick<CharacterImage, 'id' | 'characterId'>,
  { full, sha256, width, height }: IngestedImage,
): Promise<boolean> {
  for (;;) {
    try {
      return await settle(image.id, { state: 'ready', sha256, bytes: full.length, width, height });
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
