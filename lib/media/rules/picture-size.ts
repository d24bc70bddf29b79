import type { PictureFormat } from './sniff-format.ts';

export interface PictureSize {
  width: number;
  height: number;
}

/**
 * The size in pixels that a picture's header tells, before anything is decoded; null when the header
 * is torn or of a kind that is not known here. Of a picture that lies on its side (EXIF) width and
 * height are those of the file. Only the server's decoder has the last word.
 */
export function readPictureSize(bytes: Uint8Array, format: PictureFormat): PictureSize | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const size = readers[format](view);
    return size && size.width > 0 && size.height > 0 ? size : null;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

const readers: Record<PictureFormat, (view: DataView) => PictureSize | null> = {
  // The IHDR chunk is always the first.
  png: (view) => ({ width: view.getUint32(16), height: view.getUint32(20) }),
  jpeg: readJpeg,
  webp: readWebp,
  // Padded and cropped sizes lie in boxes of their own; the decoder tells.
  heic: () => null,
};

/** Walks the segments to the frame header (SOF0 to SOF15 without the three that are none). */
function readJpeg(view: DataView): PictureSize | null {
  let at = 2;
  while (at + 4 <= view.byteLength) {
    if (view.getUint8(at) !== 0xff) return null;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
      // A fill byte, or a marker without a length.
      at += marker === 0xff ? 1 : 2;
      continue;
    }
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    }
    // The picture's data begins and no frame was announced.
    if (marker === 0xda || marker === 0xd9) return null;
    at += 2 + view.getUint16(at + 2);
  }
  return null;
}

function readWebp(view: DataView): PictureSize | null {
  switch (text(view, 12)) {
    case 'VP8X':
      return { width: 1 + uint24(view, 24), height: 1 + uint24(view, 27) };
    case 'VP8L': {
      const packed = view.getUint32(21, true);
      return { width: 1 + (packed & 0x3fff), height: 1 + ((packed >>> 14) & 0x3fff) };
    }
    case 'VP8 ':
      return {
        width: view.getUint16(26, true) & 0x3fff,
        height: view.getUint16(28, true) & 0x3fff,
      };
    default:
      return null;
  }
}

function text(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((offset) => view.getUint8(at + offset)));
}

function uint24(view: DataView, at: number): number {
  return view.getUint16(at, true) + view.getUint8(at + 2) * 65_536;
}
