import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { DomainError } from '../errors.ts';
import { makePhoto } from '../testing/factories.ts';
import { ingestImage } from './ingest-image.ts';

const heic = await readFile(join(import.meta.dirname, 'fixtures', 'display-p3-with-gps.heic'));
const jpeg = await makePhoto('hostile', { width: 240, height: 320 });
const png = await sharp(jpeg).png().toBuffer();
const webp = await sharp(jpeg).webp().toBuffer();
const latin1 = (text: string) => Buffer.from(text, 'latin1');
const script =
  '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(document.cookie)</script></svg>';

/** The code a file is refused with, or the cleaned picture. */
async function outcomeOf(bytes: Uint8Array): Promise<string | Buffer> {
  return ingestImage(bytes).then(
    ({ full, thumbnail }) => Buffer.concat([full, thumbnail]),
    (error: unknown) => {
      if (error instanceof DomainError) return error.code;
      throw error;
    },
  );
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([latin1(type), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

/** The PNG with another chunk behind its header. */
const withChunk = (type: string, data: Buffer) =>
  Buffer.concat([png.subarray(0, 33), chunk(type, data), png.subarray(33)]);

/** A deflate stream that is a thousand times as long when it is read. */
const bomb = deflateSync(Buffer.alloc(64 * 1024 * 1024));

/** The JPEG with a frame header that says 65,535 × 65,535. */
function hugeJpeg(): Buffer {
  const file = Buffer.from(jpeg);
  const frame = file.findIndex(
    (byte, at) => byte === 0xff && [0xc0, 0xc2].includes(file[at + 1] ?? 0),
  );
  file.writeUInt16BE(0xff_ff, frame + 5);
  file.writeUInt16BE(0xff_ff, frame + 7);
  return file;
}

function hugePng(): Buffer {
  const header = Buffer.from(png.subarray(16, 29));
  header.writeUInt32BE(65_535, 0);
  header.writeUInt32BE(65_535, 4);
  return Buffer.concat([png.subarray(0, 8), chunk('IHDR', header), png.subarray(33)]);
}

/** A WebP whose extended header says 16,383 × 16,383 around a small picture. */
function hugeWebp(): Buffer {
  const header = Buffer.alloc(18);
  header.write('VP8X', 0, 'latin1');
  header.writeUInt32LE(10, 4);
  header.writeUIntLE(16_382, 12, 3);
  header.writeUIntLE(16_382, 15, 3);
  const file = Buffer.concat([webp.subarray(0, 12), header, webp.subarray(12)]);
  file.writeUInt32LE(file.length - 8, 4);
  return file;
}

/** The HEIC with every size it tells raised to 65,535 × 65,535. */
function hugeHeic(): Buffer {
  const file = Buffer.from(heic);
  for (let at = file.indexOf('ispe'); at >= 0; at = file.indexOf('ispe', at + 4)) {
    file.writeUInt32BE(65_535, at + 8);
    file.writeUInt32BE(65_535, at + 12);
  }
  return file;
}

const refused: [string, () => Buffer | Promise<Buffer>, RegExp][] = [
  ['a file of no bytes', () => Buffer.alloc(0), /^NOT_AN_IMAGE$/],
  ['one byte', () => Buffer.from([0xff]), /^NOT_AN_IMAGE$/],
  ['a JPEG that claims 65,535 × 65,535', hugeJpeg, /^(TOO_MANY_PIXELS|IMAGE_BROKEN)$/],
  ['a PNG that claims 65,535 × 65,535', hugePng, /^TOO_MANY_PIXELS$/],
  ['a WebP that claims 16,383 × 16,383', hugeWebp, /^(TOO_MANY_PIXELS|IMAGE_BROKEN)$/],
  ['a HEIC that claims 65,535 × 65,535', hugeHeic, /^(TOO_MANY_PIXELS|IMAGE_BROKEN)$/],
  ['a JPEG cut short', () => jpeg.subarray(0, jpeg.length / 2), /^IMAGE_BROKEN$/],
  ['a PNG cut short', () => png.subarray(0, png.length / 2), /^IMAGE_BROKEN$/],
  ['a WebP cut short', () => webp.subarray(0, webp.length / 2), /^IMAGE_BROKEN$/],
  ['a HEIC cut short', () => heic.subarray(0, heic.length / 2), /^IMAGE_BROKEN$/],
  ['an SVG with a script', () => latin1(script), /^NOT_AN_IMAGE$/],
  ['an SVG behind a byte order mark', () => Buffer.from(`\ufeff${script}`), /^NOT_AN_IMAGE$/],
  ['HTML', () => latin1('<!doctype html><script>alert(1)</script>'), /^NOT_AN_IMAGE$/],
  [
    'a GIF in a PNG’s first bytes',
    async () => Buffer.concat([png.subarray(0, 8), await sharp(jpeg).gif().toBuffer()]),
    /^IMAGE_BROKEN$/,
  ],
  [
    'a script in a JPEG’s first bytes',
    () => Buffer.concat([jpeg.subarray(0, 3), latin1(script)]),
    /^IMAGE_BROKEN$/,
  ],
  [
    'a moving PNG',
    () => withChunk('acTL', Buffer.from([0, 0, 0, 9, 0, 0, 0, 0])),
    /^IMAGE_ANIMATED$/,
  ],
  ['TIFF, which is not taken', () => sharp(jpeg).tiff().toBuffer(), /^NOT_AN_IMAGE$/],
  ['a PNG made of nothing but its header', () => png.subarray(0, 33), /^IMAGE_BROKEN$/],
];

/** Taken as the picture they are; nothing else of them is left. */
const cleaned: [string, () => Buffer][] = [
  ['a ZIP behind a JPEG', () => Buffer.concat([jpeg, latin1('PK\x03\x04 CANARY PK\x05\x06')])],
  ['a script behind a PNG', () => Buffer.concat([png, latin1(`<script>CANARY</script>`)])],
  [
    'a script in a JPEG’s comment',
    () =>
      Buffer.concat([
        jpeg.subarray(0, 2),
        Buffer.from([0xff, 0xfe, 0, 8]),
        latin1('CANARY'),
        jpeg.subarray(2),
      ]),
  ],
  ['a text in a PNG', () => withChunk('tEXt', latin1('Comment\0CANARY'))],
  [
    'a text in a PNG that is a deflate bomb',
    () => withChunk('zTXt', Buffer.concat([latin1('CANARY\0\0'), bomb])),
  ],
  [
    'a profile in a PNG that is a deflate bomb',
    () => withChunk('iCCP', Buffer.concat([latin1('CANARY\0\0'), bomb])),
  ],
];

describe('a hostile file', () => {
  it.each(refused)('%s is refused', async (_, file, code) => {
    expect(await outcomeOf(await file())).toEqual(expect.stringMatching(code));
  });

  it.each(cleaned)(
    '%s is read as the picture it is, and nothing else of it is kept',
    async (_, file) => {
      const bytes = file();
      expect(bytes.includes('CANARY')).toBe(true);
      const outcome = await outcomeOf(bytes);
      if (typeof outcome === 'string') expect(outcome).toBe('IMAGE_BROKEN');
      else expect(outcome.includes('CANARY')).toBe(false);
    },
  );

  it('whose pixels go on for ever is read as far as its header says', async () => {
    const end = chunk('IEND', Buffer.alloc(0));
    const file = Buffer.concat([png.subarray(0, 33), chunk('IDAT', bomb), end]);
    expect(await ingestImage(file)).toMatchObject({ width: 240, height: 320 });
  });

  it('made by chance from a good one has an ending of the closed list', async () => {
    const seed = 'chance';
    const random = (at: number) => createHash('sha256').update(`${seed}:${at}`).digest();
    const codes = new Set<string>();
    for (let at = 0; at < 80; at += 1) {
      const file = Buffer.from([jpeg, png, webp, heic][at % 4] ?? jpeg);
      const noise = random(at);
      for (let place = 0; place < 24; place += 4) {
        // The first bytes say what it is; the structure lies in the next few hundred.
        const where = 12 + (noise.readUInt16BE(place) % Math.min(600, file.length - 12));
        file[where] = noise[place + 2] ?? 0;
      }
      const outcome = await outcomeOf(file);
      codes.add(typeof outcome === 'string' ? outcome : 'taken');
    }
    for (const code of codes) {
      expect([
        'taken',
        'IMAGE_BROKEN',
        'NOT_AN_IMAGE',
        'TOO_MANY_PIXELS',
        'IMAGE_ANIMATED',
      ]).toContain(code);
    }
    expect(codes).toContain('IMAGE_BROKEN');
  }, 60_000);

  it('leaves nothing behind: the next picture is taken', async () => {
    expect(await ingestImage(jpeg)).toMatchObject({ width: 240, height: 320 });
  });
});
