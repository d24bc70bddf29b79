import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { DomainError, type ErrorCode, type ErrorDetails } from '../errors.ts';
import { makePhoto } from '../testing/factories.ts';
import { ingestImage } from './ingest-image.ts';

const heicPicture = await readFile(
  join(import.meta.dirname, 'fixtures', 'display-p3-with-gps.heic'),
);
const photo = await makePhoto('a', { width: 300, height: 400 });

/** Red on the left, blue on the right. */
function twoColours() {
  const blue = { create: { width: 32, height: 48, channels: 3, background: '#0000ff' } } as const;
  return sharp({ create: { width: 64, height: 48, channels: 3, background: '#ff0000' } }).composite(
    [{ input: blue, left: 32, top: 0 }],
  );
}

async function refusal(bytes: Uint8Array): Promise<{ code: ErrorCode; details: ErrorDetails }> {
  const outcome = await ingestImage(bytes).then(
    () => 'accepted',
    (error: unknown) => error,
  );
  if (outcome instanceof DomainError) return { code: outcome.code, details: outcome.details };
  throw new Error(`not refused: ${outcome}`);
}

async function pixelAt(picture: Uint8Array, left: number, top: number): Promise<number[]> {
  const area = { left, top, width: 1, height: 1 };
  return [...(await sharp(picture).extract(area).removeAlpha().raw().toBuffer())];
}

function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}

/** A PNG whose header says `width` × `height`, whatever its data holds. */
function pngThatClaims(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(Buffer.alloc(1_000))),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

async function animated(format: 'webp' | 'gif', frames: number): Promise<Buffer> {
  const input = await Promise.all(
    Array.from({ length: frames }, (_, n) => makePhoto(n, { width: 40, height: 50 })),
  );
  return sharp(input, { join: { animated: true } })
    .toFormat(format)
    .toBuffer();
}

/** The PNG with an `acTL` chunk that announces `frames`. */
function withAnimationControl(png: Buffer, frames: number): Buffer {
  const control = Buffer.alloc(8);
  control.writeUInt32BE(frames, 0);
  return Buffer.concat([png.subarray(0, 33), pngChunk('acTL', control), png.subarray(33)]);
}

describe('an accepted picture', () => {
  it.each(['jpeg', 'png', 'webp'] as const)('%s becomes WebP with a thumbnail', async (format) => {
    const picture = await ingestImage(
      await makePhoto(format, { width: 1_000, height: 1_250, format }),
    );
    expect(picture).toMatchObject({ width: 1_000, height: 1_250 });
    expect(await sharp(picture.full).metadata()).toMatchObject({
      format: 'webp',
      width: 1_000,
      height: 1_250,
    });
    expect(await sharp(picture.thumbnail).metadata()).toMatchObject({
      format: 'webp',
      width: 384,
      height: 480,
    });
    expect(picture.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is at most 2,048 px on its longer side', async () => {
    const picture = await ingestImage(await makePhoto(1, { width: 3_000, height: 1_500 }));
    expect(picture).toMatchObject({ width: 2_048, height: 1_024 });
  });

  it('may be one pixel', async () => {
    const dot = await sharp({ create: { width: 1, height: 1, channels: 3, background: '#0a0' } })
      .png()
      .toBuffer();
    expect(await ingestImage(dot)).toMatchObject({ width: 1, height: 1 });
  });

  it('may be a very thin strip', async () => {
    const strip = await sharp({
      create: { width: 20_000, height: 2, channels: 3, background: '#0a0' },
    })
      .png()
      .toBuffer();
    expect(await ingestImage(strip)).toMatchObject({ width: 2_048, height: 1 });
  });

  it('is turned upright and says nothing of camera or place', async () => {
    const original = await twoColours()
      .jpeg({ quality: 95 })
      .withMetadata({ orientation: 6 })
      .withExifMerge({
        IFD0: { Make: 'Camera' },
        IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 3230/100' },
      })
      .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/"><secret/></x:xmpmeta>')
      .toBuffer();
    expect(await sharp(original).metadata()).toMatchObject({
      orientation: 6,
      exif: expect.anything(),
      xmp: expect.anything(),
    });
    const picture = await ingestImage(original);
    expect(picture).toMatchObject({ width: 48, height: 64 });
    // Turned clockwise, the left side comes to the top.
    const [red = 0, , blueOfTop] = await pixelAt(picture.full, 24, 8);
    expect(red).toBeGreaterThan(200);
    expect(blueOfTop).toBeLessThan(60);
    for (const file of [picture.full, picture.thumbnail]) {
      const { exif, xmp, icc, iptc, orientation } = await sharp(file).metadata();
      expect({ exif, xmp, icc, iptc, orientation }).toEqual({});
      expect(file.toString('latin1')).not.toMatch(/Camera|GPS|secret|EXIF|XMP/);
    }
  });

  it('keeps its colours when it comes in another colour space', async () => {
    const wide = await twoColours().withIccProfile('p3').png().toBuffer();
    const [red = 0, green = 99] = await pixelAt((await ingestImage(wide)).full, 8, 24);
    expect(red).toBeGreaterThan(248);
    expect(green).toBeLessThan(12);

    const print = await twoColours().toColourspace('cmyk').jpeg({ quality: 95 }).toBuffer();
    expect(await sharp(print).metadata()).toMatchObject({ space: 'cmyk' });
    const [cyanless = 0, , blue = 255] = await pixelAt((await ingestImage(print)).full, 8, 24);
    expect(cyanless).toBeGreaterThan(180);
    expect(blue).toBeLessThan(90);
  });

  it('may be grey, 16 bits deep or see-through; it comes out on white', async () => {
    const grey = await twoColours().toColourspace('b-w').png().toBuffer();
    expect((await sharp((await ingestImage(grey)).full).stats()).channels).toHaveLength(3);

    const deep = await twoColours().toColourspace('rgb16').png().toBuffer();
    expect(await sharp(deep).metadata()).toMatchObject({ depth: 'ushort' });
    expect((await pixelAt((await ingestImage(deep)).full, 8, 24))[0]).toBeGreaterThan(248);

    const glass = await sharp({
      create: { width: 20, height: 20, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0 } },
    })
      .png()
      .toBuffer();
    const { full } = await ingestImage(glass);
    expect(await sharp(full).metadata()).toMatchObject({ hasAlpha: false });
    expect(await pixelAt(full, 10, 10)).toEqual([255, 255, 255]);
  });

  it('may be HEIC: colours by its profile, no metadata', async () => {
    expect(heicPicture.includes('Camera')).toBe(true);
    const picture = await ingestImage(heicPicture);
    // In HEIC the rotation is part of the picture; the EXIF orientation (6 here) does not count.
    expect(picture).toMatchObject({ width: 64, height: 48 });
    const [red = 0, green = 99] = await pixelAt(picture.full, 8, 24);
    // Read without its profile it would be 234, 51, 35.
    expect(red).toBeGreaterThan(248);
    expect(green).toBeLessThan(12);
    const { exif, xmp, icc } = await sharp(picture.full).metadata();
    expect({ exif, xmp, icc }).toEqual({});
  });

  it('has one hash whatever stands in its metadata, and another picture another', async () => {
    const tagged = await sharp(photo)
      .png()
      .withExif({ IFD0: { Make: 'Camera' } })
      .toBuffer();
    const bare = await sharp(photo).png().toBuffer();
    const hashes = await Promise.all([tagged, bare, photo].map((file) => ingestImage(file)));
    expect(new Set(hashes.map(({ sha256 }) => sha256)).size).toBe(1);
    const other = await ingestImage(await makePhoto('b', { width: 300, height: 400 }));
    expect(other.sha256).not.toBe(hashes[0]?.sha256);
  });
});

describe('a refused file', () => {
  it('is larger than 20 MB', async () => {
    const file = Buffer.concat([photo, Buffer.alloc(21_000_000 - photo.length)]);
    expect(await refusal(file)).toEqual({
      code: 'FILE_TOO_LARGE',
      details: { bytes: 21_000_000, maxBytes: 20_000_000 },
    });
  });

  it('claims too many pixels, and is refused before any is decoded', async () => {
    const before = process.memoryUsage().rss;
    expect(await refusal(pngThatClaims(65_535, 65_535))).toEqual({
      code: 'TOO_MANY_PIXELS',
      details: { width: 65_535, height: 65_535, maxPixels: 50_000_000 },
    });
    expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000);
    expect((await refusal(pngThatClaims(50_000_001, 1))).code).toMatch(
      /TOO_MANY_PIXELS|IMAGE_BROKEN/,
    );
    // One pixel row less is allowed by its size; then its data is found missing.
    expect(await refusal(pngThatClaims(10_000, 5_001))).toMatchObject({ code: 'TOO_MANY_PIXELS' });
    expect(await refusal(pngThatClaims(10_000, 5_000))).toMatchObject({ code: 'IMAGE_BROKEN' });
  });

  it.each([
    ['JPEG', () => photo.subarray(0, photo.length * 0.6)],
    ['JPEG of three bytes', () => photo.subarray(0, 3)],
    ['PNG', async () => (await sharp(photo).png().toBuffer()).subarray(0, 5_000)],
    ['WebP', async () => (await sharp(photo).webp().toBuffer()).subarray(0, 1_000)],
    ['HEIC', () => heicPicture.subarray(0, 900)],
  ])('is a %s cut short', async (_, file) => {
    expect(await refusal(await file())).toMatchObject({ code: 'IMAGE_BROKEN' });
  });

  it('is a PNG whose data was overwritten', async () => {
    const png = await sharp(photo).png().toBuffer();
    png.fill(0xaa, 3_000, 3_400);
    expect(await refusal(png)).toMatchObject({ code: 'IMAGE_BROKEN' });
  });

  it('is animated', async () => {
    expect(await refusal(await animated('webp', 3))).toEqual({
      code: 'IMAGE_ANIMATED',
      details: { format: 'webp', frames: 3 },
    });
    const png = await sharp(photo).png().toBuffer();
    expect(await refusal(withAnimationControl(png, 3))).toEqual({
      code: 'IMAGE_ANIMATED',
      details: { format: 'png' },
    });
    const sequence = Buffer.from(heicPicture);
    sequence.write('hevc', 8, 'latin1');
    expect(await refusal(sequence)).toMatchObject({ code: 'IMAGE_ANIMATED' });
    expect(await ingestImage(withAnimationControl(png, 1))).toMatchObject({ width: 300 });
  });

  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect/></svg>';
  it.each([
    ['GIF', 'gif', () => sharp(photo).gif().toBuffer()],
    ['moving GIF', 'gif', () => animated('gif', 2)],
    ['SVG', 'svg', () => Buffer.from(svg)],
    ['SVG behind an XML header', 'svg', () => Buffer.from(`<?xml version="1.0"?>\n${svg}`)],
    ['picture in AVIF', 'avif', () => sharp(photo).avif({ effort: 0 }).toBuffer()],
    ['TIFF', 'tiff', () => sharp(photo).tiff().toBuffer()],
    ['ZIP', 'zip', () => Buffer.from('PK\x03\x04 and so on')],
    ['PDF', 'pdf', () => Buffer.from('%PDF-1.7')],
    ['video', 'video', () => Buffer.from('\0\0\0\x18ftypmp42\0\0\0\0mp42isom', 'latin1')],
    ['text', 'unknown', () => Buffer.from('just a text')],
    ['file of no bytes', 'empty', () => Buffer.alloc(0)],
  ])('is really a %s, whatever its name says', async (_, found, file) => {
    expect(await refusal(await file())).toEqual({ code: 'NOT_AN_IMAGE', details: { found } });
  });
});

it('opens two pictures at a time and reads the others only when their turn comes', async () => {
  let open = 0;
  let most = 0;
  const read = async () => {
    open += 1;
    most = Math.max(most, open);
    await new Promise(setImmediate);
    open -= 1;
    return photo;
  };
  const failing = () => Promise.reject(new Error('no such object'));
  const outcomes = await Promise.allSettled(
    [read, read, failing, read, failing, read, read].map((source) => ingestImage(source)),
  );
  expect(most).toBeLessThanOrEqual(2);
  expect(outcomes.map(({ status }) => status)).toEqual([
    'fulfilled',
    'fulfilled',
    'rejected',
    'fulfilled',
    'rejected',
    'fulfilled',
    'fulfilled',
  ]);
});
