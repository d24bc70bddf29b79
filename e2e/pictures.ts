import sharp from 'sharp';
import { makePhoto } from '../lib/testing/factories.ts';
import type { PickedFile } from './fixtures.ts';

type Format = 'jpeg' | 'png' | 'webp';

const ending: Record<Format, string> = { jpeg: 'jpg', png: 'png', webp: 'webp' };

/** A photograph of its own, named after `name`; another name is another picture. */
export async function photo(
  name: string,
  format: Format = 'jpeg',
  size: { width: number; height: number } = { width: 480, height: 600 },
): Promise<PickedFile> {
  const buffer = await makePhoto(name, { ...size, format });
  return { name: `${name}.${ending[format]}`, mimeType: `image/${format}`, buffer };
}

export async function photos(count: number, name: string): Promise<PickedFile[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => photo(`${name}-${index + 1}`)));
}

/** As a phone writes it: held upright, so stored lying on its side, with the place it was taken. */
export async function photoFromPhone(name: string): Promise<PickedFile> {
  const lying = await photo(name, 'jpeg', { width: 900, height: 600 });
  const buffer = await sharp(lying.buffer)
    .withExif({
      IFD0: { Make: 'Phone maker', Model: 'Phone 7', Orientation: '6' },
      IFD3: {
        GPSLatitudeRef: 'N',
        GPSLatitude: '51/1 28/1 40/1',
        GPSLongitudeRef: 'W',
        GPSLongitude: '0/1 0/1 5/1',
      },
    })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
  const { orientation, exif } = await sharp(buffer).metadata();
  if (orientation !== 6 || !exif?.includes('Phone maker')) throw new Error('no EXIF was written');
  return { ...lying, buffer };
}

/** Two frames that differ. */
export async function animation(name: string, format: 'gif' | 'webp'): Promise<PickedFile> {
  const frames = await Promise.all(
    [1, 2].map((frame) => makePhoto(`${name}-${frame}`, { width: 64, height: 80 })),
  );
  const buffer = await sharp(frames, { join: { animated: true } })
    .toFormat(format, { delay: [100, 100] })
    .toBuffer();
  return { name: `${name}.${format}`, mimeType: `image/${format}`, buffer };
}
