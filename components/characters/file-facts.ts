import type { ErrorCode, ErrorDetails } from '../../lib/errors.ts';
import { readPictureSize } from '../../lib/media/rules/picture-size.ts';
import { sniffFormat } from '../../lib/media/rules/sniff-format.ts';
import { maxPixels } from '../../lib/media/rules/upload-limits.ts';

/** What a file's own bytes say about it, before any of them is sent. */
export type FileFacts =
  | {
      contentType: string;
      /** Hex; null where the browser computes none (a page that is not served securely). */
      sha256: string | null;
    }
  | { refused: ErrorCode; details: ErrorDetails };

/** Reads the format and size from the bytes, not from the name, and computes their SHA-256. */
export async function fileFacts(bytes: Uint8Array<ArrayBuffer>): Promise<FileFacts> {
  const sniffed = sniffFormat(bytes);
  if (sniffed.format === null) {
    return { refused: 'NOT_AN_IMAGE', details: { found: sniffed.found } };
  }
  const { format, animated } = sniffed;
  if (animated) return { refused: 'IMAGE_ANIMATED', details: { format } };
  const size = readPictureSize(bytes, format);
  if (size && size.width * size.height > maxPixels) {
    return { refused: 'TOO_MANY_PIXELS', details: { ...size, maxPixels } };
  }
  return { contentType: `image/${format}`, sha256: await hash(bytes) };
}

async function hash(bytes: Uint8Array<ArrayBuffer>): Promise<string | null> {
  if (!globalThis.crypto?.subtle) return null;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
