import { parentPort, workerData } from 'node:worker_threads';
import decode from 'heic-decode';
import type { HeicAnswer, HeicQuestion } from './decode-heic.ts';

// The decoder is WebAssembly and works without a pause: on a thread it can be stopped.
async function answer({ bytes, maxPixels }: HeicQuestion): Promise<HeicAnswer> {
  const images = await decode.all({ buffer: bytes });
  const [image] = images;
  if (!image || images.length > 1) return { kind: 'count', count: images.length };
  const { width, height } = image;
  if (width * height > maxPixels) return { kind: 'too-many-pixels', width, height };
  const decoded = await image.decode();
  return { kind: 'pixels', width, height, rgba: decoded.data.buffer };
}

const reply = await answer(workerData as HeicQuestion).catch(
  (error: unknown): HeicAnswer => ({ kind: 'broken', reason: String(error) }),
);
parentPort?.postMessage(reply, reply.kind === 'pixels' ? [reply.rgba] : []);
