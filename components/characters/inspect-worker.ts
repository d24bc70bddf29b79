import { type FileFacts, fileFacts } from './file-facts';

/** What a page sends in, and what comes back under the same number. */
export interface InspectQuestion {
  number: number;
  file: Blob;
}
export type InspectAnswer = { number: number; facts: FileFacts } | { number: number; unread: true };

// A worker's own global, which the page's types do not know.
const thread = globalThis as unknown as {
  onmessage: ((event: MessageEvent<InspectQuestion>) => void) | null;
  postMessage(answer: InspectAnswer): void;
};

thread.onmessage = async ({ data: { number, file } }) => {
  const bytes = await file.arrayBuffer().catch(() => null);
  if (bytes === null) thread.postMessage({ number, unread: true });
  else thread.postMessage({ number, facts: await fileFacts(new Uint8Array(bytes)) });
};
