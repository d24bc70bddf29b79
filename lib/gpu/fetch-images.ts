import { createHash } from 'node:crypto';
import type { JobInput } from './protocol.ts';
import { ProviderError } from './provider.ts';

const timeoutMs = 10_000;
/** Far above any picture that was cleaned for a training. */
const maxBytes = 24 * 1024 ** 2;

const extensions: Readonly<Record<string, string>> = {
  'image/webp': 'webp',
  'image/png': 'png',
  'image/jpeg': 'jpg',
};

export interface FetchedImage {
  bytes: Uint8Array<ArrayBuffer>;
  /** Of its file name, without a dot. */
  extension: string;
}

/**
 * A picture of a job, from our own store by its presigned link, for trainers that cannot fetch it
 * themselves. Throws `reject` with BAD_IMAGE when it is not the promised one, `retry` when it cannot
 * be had now.
 */
export async function fetchImage(image: JobInput['images'][number]): Promise<FetchedImage> {
  const bad = (why: string) =>
    new ProviderError('reject', `Image ${image.id} ${why}.`, null, { code: 'BAD_IMAGE' });
  let response: Response;
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    response = await fetch(image.url, { signal: AbortSignal.timeout(timeoutMs) });
    if (Number(response.headers.get('content-length')) > maxBytes) {
      await response.body?.cancel();
      throw bad('is too large');
    }
    bytes = new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    if (cause instanceof ProviderError) throw cause;
    throw new ProviderError('retry', `Image ${image.id} cannot be had.`, null, { cause });
  }
  if (response.status === 404) throw bad('is not in the store');
  if (!response.ok) {
    throw new ProviderError('retry', `The store answered ${response.status} for ${image.id}.`);
  }
  if (createHash('sha256').update(bytes).digest('hex') !== image.sha256) {
    throw bad('is not the promised one');
  }
  const extension = extensions[response.headers.get('content-type') ?? ''];
  if (extension === undefined) throw bad('is of no kind that is trained with');
  return { bytes, extension };
}
