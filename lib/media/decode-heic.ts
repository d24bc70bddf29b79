import { Worker } from 'node:worker_threads';
import { crc32, deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { DomainError } from '../errors.ts';

export interface HeicQuestion {
  bytes: Uint8Array;
  maxPixels: number;
}

export type HeicAnswer =
  | { kind: 'pixels'; width: number; height: number; rgba: ArrayBuffer }
  | { kind: 'too-many-pixels'; width: number; height: number }
  | { kind: 'count'; count: number }
  | { kind: 'broken'; reason: string };

/**
 * A HEIC picture as sharp reads it, turned upright (its rotation is part of the format) and with its
 * colour profile, which the decoder drops: phones store Display P3, and skin read as sRGB is pale.
 * The number of pixels is checked before any is decoded.
 * Refuses TOO_MANY_PIXELS, IMAGE_ANIMATED (several pictures in one file), IMAGE_BROKEN.
 */
export async function decodeHeic(
  bytes: Uint8Array,
  limits: { maxPixels: number; timeoutMs: number },
): Promise<Sharp> {
  const answer = await askThread({ bytes, maxPixels: limits.maxPixels }, limits.timeoutMs);
  if (answer.kind === 'too-many-pixels') {
    const { width, height } = answer;
    throw new DomainError('TOO_MANY_PIXELS', { width, height, maxPixels: limits.maxPixels });
  }
  if (answer.kind === 'count' && answer.count > 1) {
    throw new DomainError('IMAGE_ANIMATED', { frames: answer.count });
  }
  if (answer.kind !== 'pixels') throw new DomainError('IMAGE_BROKEN', {}, { cause: answer });

  const { width, height, rgba } = answer;
  const pixels = sharp(new Uint8Array(rgba), { raw: { width, height, channels: 4 } });
  const profile = findColourProfile(bytes);
  if (!profile) return pixels;
  const png = await pixels.removeAlpha().png({ compressionLevel: 0 }).toBuffer();
  return sharp(withColourProfile(png, profile), { limitInputPixels: limits.maxPixels });
}

function askThread(question: HeicQuestion, timeoutMs: number): Promise<HeicAnswer> {
  const thread = new Worker(new URL('./heic-thread.ts', import.meta.url), {
    workerData: question,
    // The decoder prints what it dislikes; it must not land in our log.
    stdout: true,
    stderr: true,
  });
  return new Promise<HeicAnswer>((resolve) => {
    const broken = (reason: string) => resolve({ kind: 'broken', reason });
    const limit = setTimeout(() => broken(`not decoded in ${timeoutMs} ms`), timeoutMs);
    thread.once('message', resolve);
    thread.once('error', (error) => broken(String(error)));
    thread.once('exit', () => {
      clearTimeout(limit);
      broken('the decoder ended early');
    });
  }).finally(() => thread.terminate());
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
