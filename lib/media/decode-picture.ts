import sharp, { type Sharp } from 'sharp';
import type { ErrorDetails } from '../errors.ts';
import { decodeHeic } from './decode-heic.ts';
import { PictureRefusal } from './picture-refusal.ts';
import { sniffFormat } from './rules/sniff-format.ts';
import { maxPixels, maxUploadBytes } from './rules/upload-limits.ts';

/** Longer side of the picture that is shown and trained on. */
const fullPx = 2_048;
const thumbnailPx = 480;

// Of all formats libvips reads, only ours: whatever a file says it is, no other reader is tried.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer', 'VipsForeignLoadWebpBuffer'],
});

export interface DecodedPicture {
  full: Buffer;
  thumbnail: Buffer;
  width: number;
  height: number;
}

export type DecodeAnswer =
  | { kind: 'picture'; picture: DecodedPicture }
  | { kind: 'refused'; code: PictureRefusal['code']; details: ErrorDetails; reason: string };

/**
 * What `ingestImage` promises, done in a process that may die of it. Nothing here throws: the answer
 * travels.
 */
export async function decodePicture(bytes: Uint8Array): Promise<DecodeAnswer> {
  try {
    const { data, info } = await cleanPixels(bytes);
    const { width, height, channels } = info;
    const cleaned = () => sharp(data, { raw: { width, height, channels } });
    const full = await cleaned().webp({ quality: 90, effort: 2 }).toBuffer();
    const thumbnail = await cleaned()
      .resize({ width: thumbnailPx, height: thumbnailPx, fit: 'inside', withoutEnlargement: true })
      .webp({ quality: 80, effort: 2 })
      .toBuffer();
    return { kind: 'picture', picture: { full, thumbnail, width, height } };
  } catch (error) {
    if (error instanceof PictureRefusal) {
      const { code, details } = error;
      return { kind: 'refused', code, details, reason: String(error.cause ?? '') };
    }
    return { kind: 'refused', code: 'IMAGE_BROKEN', details: {}, reason: String(error) };
  }
}

async function cleanPixels(bytes: Uint8Array) {
  const picture = await openPicture(bytes);
  return picture
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .resize({ width: fullPx, height: fullPx, fit: 'inside', withoutEnlargement: true })
    .raw()
    .toBuffer({ resolveWithObject: true });
}

/** The picture, ready to be decoded, after everything its header can be refused for. */
async function openPicture(bytes: Uint8Array): Promise<Sharp> {
  if (bytes.length > maxUploadBytes) {
    throw new PictureRefusal('FILE_TOO_LARGE', { bytes: bytes.length, maxBytes: maxUploadBytes });
  }
  const sniffed = sniffFormat(bytes);
  if (sniffed.format === null) throw new PictureRefusal('NOT_AN_IMAGE', { found: sniffed.found });
  if (sniffed.animated) throw new PictureRefusal('IMAGE_ANIMATED', { format: sniffed.format });
  if (sniffed.format === 'heic') return decodeHeic(bytes, maxPixels);

  const header = await sharp(bytes, { failOn: 'error', limitInputPixels: false }).metadata();
  if (header.format !== sniffed.format) {
    throw new PictureRefusal('NOT_AN_IMAGE', { found: header.format });
  }
  if ((header.pages ?? 1) > 1) {
    const frames = header.pages ?? 0;
    throw new PictureRefusal('IMAGE_ANIMATED', { format: sniffed.format, frames });
  }
  const { width, height } = header;
  if (width * height > maxPixels) {
    throw new PictureRefusal('TOO_MANY_PIXELS', { width, height, maxPixels });
  }
  return sharp(bytes, { failOn: 'error', limitInputPixels: maxPixels, autoOrient: true });
}
