import type { CharacterImage, Prisma } from '../../prisma/client/client.ts';
import { hiddenRejections } from '../characters/image-view.ts';
import type { ErrorCode, ErrorDetails } from '../errors.ts';
import { type ImageModelId, imageModelIds, imageModels } from '../lora/rules/base-models.ts';

/** A picture in the studio: ready, in the works, or not made. Plain JSON; instants are ISO 8601, UTC. */
export interface GalleryItem {
  id: string;
  /** Its frame number: "Image 12". The newest has the highest. */
  number: number;
  state: 'ready' | 'making' | 'failed';
  liked: boolean;
  inProfileSet: boolean;
  source: 'upload' | 'generated';
  caption: string | null;
  prompt: string | null;
  width: number | null;
  height: number | null;
  /** What it was made with; null for uploads and the profile set. */
  model: { id: ImageModelId; label: string } | null;
  /** Whether the character's own adapter was applied. */
  withLora: boolean;
  /** A placeholder that the sandbox drew. */
  sandbox: boolean;
  /** Why it was not made, for `wordError`. */
  failure: { code: ErrorCode; details: ErrorDetails } | null;
  createdAt: string;
}

/** For queries: the pictures that were asked for in the studio. */
export const studioPictures = {
  source: 'generated',
  inProfileSet: false,
  baseModel: { not: null },
} as const satisfies Prisma.CharacterImageWhereInput;

/** For queries: what the gallery shows. Uploads and the profile set appear once they are ready. */
export const shownInGallery = {
  OR: [
    { state: 'ready' },
    { state: 'uploading', ...studioPictures },
    { state: 'rejected', rejection: { not: hiddenRejections.removed }, ...studioPictures },
  ],
} as const satisfies Prisma.CharacterImageWhereInput;

/** The columns that `galleryItem` reads. */
export const galleryFields = {
  id: true,
  number: true,
  state: true,
  likedAt: true,
  inProfileSet: true,
  source: true,
  caption: true,
  prompt: true,
  width: true,
  height: true,
  baseModel: true,
  loraModelId: true,
  generator: true,
  rejection: true,
  rejectionDetails: true,
  createdAt: true,
} as const satisfies Prisma.CharacterImageSelect;

type GalleryRow = Pick<CharacterImage, keyof typeof galleryFields>;

const states = { ready: 'ready', uploading: 'making', rejected: 'failed' } as const;

export function galleryItem(row: GalleryRow): GalleryItem {
  const id = imageModelIds.find((known) => known === row.baseModel);
  return {
    id: row.id,
    number: row.number,
    state: states[row.state],
    liked: row.likedAt !== null,
    inProfileSet: row.inProfileSet,
    source: row.source,
    caption: row.caption,
    prompt: row.prompt,
    width: row.width,
    height: row.height,
    model: id ? { id, label: imageModels[id].label } : null,
    withLora: row.loraModelId !== null,
    sandbox: row.generator === 'sandbox',
    failure: failureOf(row),
    createdAt: row.createdAt.toISOString(),
  };
}

function failureOf({ rejection, rejectionDetails }: GalleryRow): GalleryItem['failure'] {
  if (rejection === null) return null;
  // Whatever a generator handed us that was no picture: the creator did nothing to it.
  if (rejection !== hiddenRejections.copy) return { code: 'GENERATION_FAILED', details: {} };
  return { code: hiddenRejections.copy, details: rejectionDetails as ErrorDetails };
}
