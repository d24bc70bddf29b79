import { crc32, deflateSync } from 'node:zlib';
import decode from 'heic-decode';
import sharp, { type Sharp } from 'sharp';
import { PictureRefusal } from './picture-refusal.ts';

/**
 * A HEIC picture as sharp reads it, turned upright (its rotation is part of the format) and with its
 * colour profile, which the decoder drops: phones store Display P3, and skin read as sRGB is pale.
 * The number of pixels is checked before any is decoded.
 * Refuses TOO_MANY_PIXELS, IMAGE_ANIMATED (several pictures in one file), IMAGE_BROKEN.
 */
export async function decodeHeic(bytes: Uint8Array, maxPixels: number): Promise<Sharp> {
  const { width, height, rgba } = await readPixels(bytes, maxPixels);
  const pixels = sharp(rgba, { raw: { width, height, channels: 4 } });
  const profile = findColourProfile(bytes);
  if (!profile) return pixels;
  const png = await pixels.removeAlpha().png({ compressionLevel: 0 }).toBuffer();
  return sharp(withColourProfile(png, profile), { limitInputPixels: maxPixels });
}

async function readPixels(bytes: Uint8Array, maxPixels: number) {
  const images = await decode.all({ buffer: bytes });
  try {
    const [image] = images;
    if (!image) throw new PictureRefusal('IMAGE_BROKEN');
    if (images.length > 1) throw new PictureRefusal('IMAGE_ANIMATED', { frames: images.length });
    const { width, height } = image;
    if (width * height > maxPixels) {
      throw new PictureRefusal('TOO_MANY_PIXELS', { width, height, maxPixels });
    }
    const { data } = await image.decode();
    return { width, height, rgba: new Uint8Array(data.buffer) };
  } finally {
    images.dispose();
  }
}

/** The ICC profile in the file's `colr` box, or null: the file says sRGB or nothing. */
function findColourProfile(bytes: Uint8Array): Buffer | null {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = file.indexOf('colrprof', 0, 'latin1');
  if (at < 4) return null;
  const profile = file.subarray(at + 8, at - 4 + file.readUInt32BE(at - 4));
  // Every profile has this mark at this place.
  return profile.toString('latin1', 36, 40) === 'acsp' ? profile : null;
}

/** The same PNG with `profile` in an iCCP chunk behind its header (which ends at byte 33). */
function withColourProfile(png: Buffer, profile: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from('iCCPicc\0\0', 'latin1'), deflateSync(profile)]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(body.length - 4, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([
    png.subarray(0, 33),
    frame.subarray(0, 4),
    body,
    frame.subarray(4),
    png.subarray(33),
  ]);
}
