import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DomainError } from '../errors.ts';
import { ChildGone, type ChildPool, createChildPool } from './child-pool.ts';
import type { DecodeAnswer } from './decode-picture.ts';
import { inDecodeSlot } from './decode-slots.ts';

export interface IngestedImage {
  /** The cleaned picture, WebP: what is shown and trained on. */
  full: Buffer;
  /** The same, small, WebP. */
  thumbnail: Buffer;
  /**
   * Of `full`, hex. A trainer checks the file it was handed against it, and the same upload comes to
   * the same bytes whatever was in its metadata, so one hash serves both. A later encoder may write
   * other bytes; then an old picture uploaded again is not recognised, which costs a duplicate.
   */
  sha256: string;
  width: number;
  height: number;
}

const limits = {
  timeoutMs: 30_000,
  // A picture of 50 megapixels takes under 1 GB, HEIC most of all.
  memoryBytes: 2_147_483_648,
  idleMs: 60_000,
} as const;

type Decoders = ChildPool<{ bytes: Uint8Array }, DecodeAnswer>;
const shared = globalThis as { likenessDecoders?: Decoders };

/**
 * The one way a picture comes into the house (decisions, "Images"): its real format and size are
 * read from its bytes before any pixel is decoded; then it is decoded to the end, turned upright,
 * brought to sRGB on white, made smaller, and written anew without EXIF, GPS, XMP or profile. All of
 * it in a process of its own with bounded memory and time: a file that kills it is IMAGE_BROKEN.
 *
 * `source` may be a function: it is called when this picture's turn comes, so that waiting pictures
 * take no memory. Refuses FILE_TOO_LARGE, NOT_AN_IMAGE, IMAGE_ANIMATED, TOO_MANY_PIXELS,
 * IMAGE_BROKEN (also when decoding takes too long), with what was found in the details.
 */
export function ingestImage(
  source: Uint8Array | (() => Promise<Uint8Array>),
): Promise<IngestedImage> {
  return inDecodeSlot(async () => {
    const bytes = typeof source === 'function' ? await source() : source;
    const answer = await decodeApart(bytes);
    if (answer.kind === 'refused') {
      throw new DomainError(answer.code, answer.details, { cause: answer.reason });
    }
    const { width, height } = answer.picture;
    // Buffers arrive as the plain arrays they are made of.
    const full = Buffer.from(answer.picture.full);
    const thumbnail = Buffer.from(answer.picture.thumbnail);
    const sha256 = createHash('sha256').update(full).digest('hex');
    return { full, thumbnail, sha256, width, height };
  });
}

/** A crash may have been of our making, such as a machine short of memory: it is tried once more. */
async function decodeApart(bytes: Uint8Array): Promise<DecodeAnswer> {
  shared.likenessDecoders ??= createChildPool(
    join(process.cwd(), 'lib/media/decode-child.ts'),
    limits,
  );
  const { likenessDecoders: decoders } = shared;
  const ask = () => decoders.ask({ bytes });
  try {
    return await ask().catch((error) => {
      if (error instanceof ChildGone && error.kind === 'crash') return ask();
      throw error;
    });
  } catch (cause) {
    if (cause instanceof ChildGone) throw new DomainError('IMAGE_BROKEN', {}, { cause });
    throw cause;
  }
}
