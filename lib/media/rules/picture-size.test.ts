import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { makePhoto } from '../../testing/factories.ts';
import { readPictureSize } from './picture-size.ts';

const size = { width: 123, height: 457 };
const photo = await makePhoto('size', size);
const heic = await readFile(
  join(import.meta.dirname, '..', 'fixtures', 'display-p3-with-gps.heic'),
);
const glass = () => sharp(photo).ensureAlpha(0.5);

it.each([
  ['jpeg', () => photo],
  ['jpeg', () => sharp(photo).jpeg({ progressive: true }).toBuffer()],
  [
    'jpeg',
    () =>
      sharp(photo)
        .withExif({ IFD0: { Make: 'x'.repeat(9_000) } })
        .toBuffer(),
  ],
  ['png', () => sharp(photo).png().toBuffer()],
  ['webp', () => sharp(photo).webp().toBuffer()],
  ['webp', () => sharp(photo).webp({ lossless: true }).toBuffer()],
  ['webp', () => glass().webp().toBuffer()],
] as const)('%s as its encoder wrote it', async (format, encode) => {
  expect(readPictureSize(await encode(), format)).toEqual(size);
});

it('of a HEIC only its decoder knows', () => {
  expect(readPictureSize(heic, 'heic')).toBeNull();
});

it('is read from a view into a larger buffer', async () => {
  const inside = Buffer.concat([Buffer.from('before'), await sharp(photo).png().toBuffer()]);
  expect(readPictureSize(inside.subarray(6), 'png')).toEqual(size);
});

it('is not known of a torn or made-up header, and nothing throws', () => {
  for (const cut of [0, 2, 10, 20]) {
    expect(readPictureSize(photo.subarray(0, cut), 'jpeg')).toBeNull();
  }
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 400 }),
      fc.constantFrom('jpeg' as const, 'png' as const, 'webp' as const, 'heic' as const),
      (bytes, format) => {
        const read = readPictureSize(bytes, format);
        if (read) expect(read.width * read.height).toBeGreaterThan(0);
      },
    ),
  );
});
