import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { makePhoto } from '../../lib/testing/factories.ts';
import { fileFacts } from './file-facts';

const photo = await makePhoto('facts', { width: 64, height: 80 });
const bytesOf = (file: Buffer) => new Uint8Array(file);

it.each(['jpeg', 'png', 'webp'] as const)(
  'knows a %s by its bytes, and its hash',
  async (format) => {
    const file = await sharp(photo).toFormat(format).toBuffer();
    expect(await fileFacts(bytesOf(file))).toEqual({
      contentType: `image/${format}`,
      sha256: createHash('sha256').update(file).digest('hex'),
    });
  },
);

it('refuses what is no picture of ours', async () => {
  const gif = await sharp(photo).gif().toBuffer();
  expect(await fileFacts(bytesOf(gif))).toEqual({
    refused: 'NOT_AN_IMAGE',
    details: { found: 'gif' },
  });
  expect(await fileFacts(new Uint8Array())).toMatchObject({ refused: 'NOT_AN_IMAGE' });
});

it('refuses more than 50 megapixels by the header alone', async () => {
  const png = await sharp(photo).png().toBuffer();
  png.writeUInt32BE(10_000, 16);
  png.writeUInt32BE(5_001, 20);
  expect(await fileFacts(bytesOf(png))).toEqual({
    refused: 'TOO_MANY_PIXELS',
    details: { width: 10_000, height: 5_001, maxPixels: 50_000_000 },
  });
});
