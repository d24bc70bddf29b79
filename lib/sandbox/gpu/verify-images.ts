import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { JobInput } from '../../gpu/protocol.ts';
import { WorkerFailure } from './worker-failure.ts';

const atOnce = 4;
const maxTries = 4;
const timeoutMs = 30_000;
const maxBytes = 64 * 1024 * 1024;

/**
 * Fetches every image and compares its SHA-256. Throws `WorkerFailure('BAD_IMAGE')`: final when the
 * bytes are not the promised ones, retryable when they cannot be had.
 */
export async function verifyImages(images: JobInput['images'], signal: AbortSignal): Promise<void> {
  const waiting = images.values();
  const fetchNext = async () => {
    for (const image of waiting) await verifyImage(image, signal);
  };
  await Promise.all(Array.from({ length: atOnce }, fetchNext));
}

async function verifyImage(image: JobInput['images'][number], signal: AbortSignal): Promise<void> {
  let trouble = '';
  for (let attempt = 0; attempt < maxTries; attempt++) {
    if (attempt > 0) await delay(200 * 2 ** attempt, undefined, { signal });
    try {
      const sha256 = await hashOf(image.url, signal);
      if (sha256 === image.sha256) return;
      throw new WorkerFailure('BAD_IMAGE', false, `Image ${image.id} has another SHA-256.`);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof WorkerFailure) throw error;
      trouble = error instanceof Error ? error.message : String(error);
    }
  }
  // Never the link itself: its signature would end up in a log.
  throw new WorkerFailure('BAD_IMAGE', true, `Image ${image.id} cannot be fetched: ${trouble}`);
}

async function hashOf(url: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(url, {
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  });
  if (!response.ok || !response.body) {
    await response.body?.cancel();
    throw new Error(`the store answered ${response.status}`);
  }
  const hash = createHash('sha256');
  let bytes = 0;
  const reader = response.body.getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    const chunk = read.value;
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new Error('it is too large');
    hash.update(chunk);
  }
  return hash.digest('hex');
}
