import { type RequestedUpload, requestUpload } from '../characters/request-upload.ts';
import type { CreatorContext } from '../context.ts';
import { store } from '../storage/store.ts';

/** Sends `bytes` the way a browser does and resolves when the store has taken them. */
export async function uploadFile(
  ctx: CreatorContext,
  characterId: string,
  bytes: Uint8Array,
  { fileName = 'IMG_1.jpg', contentType = 'image/jpeg' } = {},
): Promise<RequestedUpload> {
  const file = { characterId, fileName, contentType, bytes: bytes.length };
  const requested = await requestUpload(ctx, file);
  await putFile(requested, bytes);
  return requested;
}

export async function putFile({ upload }: RequestedUpload, bytes: Uint8Array): Promise<void> {
  const answer = await fetch(upload.url, {
    method: 'PUT',
    headers: upload.headers,
    body: new Uint8Array(bytes),
  });
  if (!answer.ok) throw new Error(`The store answered ${answer.status}: ${await answer.text()}`);
}

/** The keys of every object whose key starts with `prefix`. */
export async function storedKeys(prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store().list(prefix)) keys.push(key);
  return keys.sort();
}
