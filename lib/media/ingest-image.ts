import { createHash } from 'node:crypto';
import sharp, { type Sharp } from 'sharp';
import { DomainError } from '../errors.ts';
import { decodeHeic } from './decode-heic.ts';
import { inDecodeSlot } from './decode-slots.ts';
import { sniffFormat } from './rules/sniff-format.ts';
import { maxPixels, maxUploadBytes } from './rules/upload-limits.ts';

/** Longer side of the picture that is shown and trained on. */
const fullPx = 2_048;
const thumbnailPx = 480;
const timeoutSeconds = 30;

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

/**
 * The one way a picture comes into the house (decisions, "Images"): its real format and size are
 * read from its bytes before any pixel is decoded; then it is decoded to the end, turned upright,
 * brought to sRGB on white, made smaller, and written anew without EXIF, GPS, XMP or profile.
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
    const { data, info } = await cleanPixels(bytes);
    const { width, height, channels } = info;
    const cleaned = () => sharp(data, { raw: { width, height, channels } });
    const full = await cleaned().webp({ quality: 90, effort: 2 }).toBuffer();
    const thumbnail = await cleaned()
      .resize({ width: thumbnailPx, height: thumbnailPx, fit: 'inside', withoutEnlargement: true })
      .webp({ quality: 80, effort: 2 })
      .toBuffer();
    const sha256 = createHash('sha256').update(full).digest('hex');
    return { full, thumbnail, sha256, width, height };
  });
}

async function cleanPixels(bytes: Uint8Array) {
  const picture = await openPicture(bytes);
  try {
    return await picture
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .resize({ width: fullPx, height: fullPx, fit: 'inside', withoutEnlargement: true })
      .timeout({ seconds: timeoutSeconds })
      .raw()
      .toBuffer({ resolveWithObject: true });
  } catch (error) {
    throw new DomainError('IMAGE_BROKEN', {}, { cause: error });
  }
}

/** The picture, ready to be decoded, after everything its header can be refused for. */
async function openPicture(bytes: Uint8Array): Promise<Sharp> {
  if (bytes.length > maxUploadBytes) {
    throw new DomainError('FILE_TOO_LARGE', { bytes: bytes.length, maxBytes: maxUploadBytes });
  }
  const sniffed = sniffFormat(bytes);
  if (sniffed.format === null) throw new DomainError('NOT_AN_IMAGE', { found: sniffed.found });
  if (sniffed.animated) throw new DomainError('IMAGE_ANIMATED', { format: sniffed.format });
  if (sniffed.format === 'heic') {
    return decodeHeic(bytes, { maxPixels, timeoutMs: timeoutSeconds * 1_000 });
  }

  const header = await readHeader(bytes);
  if (header.format !== sniffed.format) {
    throw new DomainError('NOT_AN_IMAGE', { found: header.format });
  }
  if ((header.pages ?? 1) > 1) {
    throw new DomainError('IMAGE_ANIMATED', { format: sniffed.format, frames: header.pages ?? 0 });
  }
  const { width, height } = header;
  if (width * height > maxPixels) {
    throw new DomainError('TOO_MANY_PIXELS', { width, height, maxPixels });
  }
  return sharp(bytes, { failOn: 'error', limitInputPixels: maxPixels, autoOrient: true });
}

async function readHeader(bytes: Uint8Array) {
  try {
    return await sharp(bytes, { failOn: 'error', limitInputPixels: false }).metadata();
  } catch (error) {
    throw new DomainError('IMAGE_BROKEN', {}, { cause: error });
  }
}
