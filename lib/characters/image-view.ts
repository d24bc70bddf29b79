import type { CharacterImage } from '../../prisma/client/client.ts';
import type { ErrorCode, ErrorDetails } from '../errors.ts';
import { isTooSmallToTrain } from '../media/rules/training-size.ts';

/** An image as its owner sees it. */
export interface ImageView {
  id: string;
  /** Its frame number, shown under it: "Image 12". */
  number: number;
  source: 'upload' | 'generated';
  state: 'uploading' | 'ready' | 'rejected';
  liked: boolean;
  likedAt: string | null;
  inProfileSet: boolean;
  caption: string | null;
  prompt: string | null;
  /** Of the cleaned picture; null until it is ready. */
  width: number | null;
  height: number | null;
  /** It is for looking at only: it came in outside the profile set. */
  tooSmallForTraining: boolean;
  /** Why it was rejected, for `wordError`. */
  rejection: { code: ErrorCode; details: ErrorDetails } | null;
  fileName: string;
  createdAt: string;
}

/**
 * Two rejections are our own bookkeeping and shown to nobody: a copy of an image that is here
 * already, kept for a day so that asking again gets the same answer, and an image on its way out.
 */
export const hiddenRejections = {
  copy: 'ALREADY_HERE',
  removed: 'NOT_FOUND',
} as const satisfies Record<string, ErrorCode>;

/** For queries: every image but the hidden ones. */
export const shownImages = {
  OR: [{ rejection: null }, { rejection: { notIn: Object.values(hiddenRejections) } }],
};

export function imageView(row: CharacterImage): ImageView {
  return {
    id: row.id,
    number: row.number,
    source: row.source,
    state: row.state,
    liked: row.likedAt !== null,
    likedAt: row.likedAt?.toISOString() ?? null,
    inProfileSet: row.inProfileSet,
    caption: row.caption,
    prompt: row.prompt,
    width: row.width,
    height: row.height,
    tooSmallForTraining: tooSmallForTraining(row),
    rejection: rejectionOf(row),
    fileName: row.fileName,
    createdAt: row.createdAt.toISOString(),
  };
}

function tooSmallForTraining({ width, height }: CharacterImage): boolean {
  return width !== null && height !== null && isTooSmallToTrain({ width, height });
}

/** The row's refusal as it was decided, with the file's name for its sentence. */
export function rejectionOf(
  row: Pick<CharacterImage, 'rejection' | 'rejectionDetails' | 'fileName'>,
): { code: ErrorCode; details: ErrorDetails } | null {
  if (row.rejection === null) return null;
  const details = row.rejectionDetails as ErrorDetails | null;
  return { code: row.rejection as ErrorCode, details: { fileName: row.fileName, ...details } };
}
