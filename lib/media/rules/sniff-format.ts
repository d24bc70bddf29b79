/** What a file can turn out to be. Only the first four are accepted. */
export type PictureFormat = 'jpeg' | 'png' | 'webp' | 'heic';
export type ForeignFormat = 'gif' | 'avif' | 'tiff' | 'bmp' | 'svg' | 'pdf' | 'zip' | 'video';

export type Sniffed =
  | { format: PictureFormat; animated: boolean }
  | { format: null; found: ForeignFormat | 'empty' | 'unknown' };

const heicBrands = new Set(['heic', 'heix', 'mif1']);
const heicSequenceBrands = new Set(['hevc', 'hevx', 'msf1']);
const avifBrands = new Set(['avif', 'avis']);

/**
 * What the bytes are, whatever their name says. `animated` tells what the decoder would not: an
 * animated PNG and a HEIC sequence decode to their first frame without a word.
 */
export function sniffFormat(bytes: Uint8Array): Sniffed {
  if (bytes.length === 0) return { format: null, found: 'empty' };
  const text = (start: number, end: number) => latin1(bytes.subarray(start, end));
  if (text(0, 3) === '\xff\xd8\xff') return { format: 'jpeg', animated: false };
  if (text(0, 8) === '\x89PNG\r\n\x1a\n') return { format: 'png', animated: isAnimatedPng(bytes) };
  if (text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP') return { format: 'webp', animated: false };
  if (text(4, 8) === 'ftyp') return sniffIsoMedia(bytes);
  return { format: null, found: sniffForeign(text(0, 1_024)) };
}

/** HEIC, AVIF and MP4 share one container; their brands tell them apart. */
function sniffIsoMedia(bytes: Uint8Array): Sniffed {
  const boxEnd = Math.min(uint32(bytes, 0), 256, bytes.length);
  const brands = [latin1(bytes.subarray(8, 12))];
  for (let at = 16; at + 4 <= boxEnd; at += 4) brands.push(latin1(bytes.subarray(at, at + 4)));
  const [major = ''] = brands;
  if (brands.some((brand) => avifBrands.has(brand))) return { format: null, found: 'avif' };
  if (heicSequenceBrands.has(major)) return { format: 'heic', animated: true };
  if (heicBrands.has(major)) return { format: 'heic', animated: false };
  return { format: null, found: 'video' };
}

/** Whether an `acTL` chunk with more than one frame stands before the picture's data. */
function isAnimatedPng(bytes: Uint8Array): boolean {
  for (let at = 8; at + 12 <= bytes.length; ) {
    const type = latin1(bytes.subarray(at + 4, at + 8));
    if (type === 'acTL') return uint32(bytes, at + 8) > 1;
    if (type === 'IDAT' || type === 'IEND') return false;
    at += 12 + uint32(bytes, at);
  }
  return false;
}

function sniffForeign(head: string): ForeignFormat | 'unknown' {
  if (head.startsWith('GIF8')) return 'gif';
  if (head.startsWith('BM')) return 'bmp';
  if (head.startsWith('%PDF')) return 'pdf';
  if (head.startsWith('PK\x03\x04')) return 'zip';
  if (/^(?:II\*\0|MM\0\*)/.test(head)) return 'tiff';
  return /<svg[\s>]/i.test(head) ? 'svg' : 'unknown';
}

function uint32(bytes: Uint8Array, at: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return at + 4 <= bytes.length ? view.getUint32(at) : 0;
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
