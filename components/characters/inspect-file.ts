import { type FileFacts, fileFacts } from './file-facts';
import type { InspectAnswer, InspectQuestion } from './inspect-worker';

/** The browser cannot read the file any more: it was changed, moved, or its drive is gone. */
export class FileUnread extends Error {
  override readonly name = 'FileUnread';
}

interface Waiting {
  resolve: (answer: InspectAnswer) => void;
  reject: (error: unknown) => void;
}

let worker: Worker | null = null;
let lastNumber = 0;
const waiting = new Map<number, Waiting>();

/**
 * What the file's own bytes say about it, read and hashed on a thread of its own so that the page
 * stays quick. Where a browser has no such thread it is done here. Throws `FileUnread`.
 */
export async function inspectFile(file: File): Promise<FileFacts> {
  const answer = await ask(file).catch(() => null);
  if (answer && 'facts' in answer) return answer.facts;
  const bytes = answer ? null : await file.arrayBuffer().catch(() => null);
  if (bytes === null) throw new FileUnread();
  return fileFacts(new Uint8Array(bytes));
}

function ask(file: File): Promise<InspectAnswer> {
  return new Promise((resolve, reject) => {
    worker ??= open();
    lastNumber += 1;
    waiting.set(lastNumber, { resolve, reject });
    worker.postMessage({ number: lastNumber, file } satisfies InspectQuestion);
  });
}

function open(): Worker {
  const opened = new Worker(new URL('./inspect-worker.ts', import.meta.url), { type: 'module' });
  opened.onmessage = ({ data }: MessageEvent<InspectAnswer>) => {
    waiting.get(data.number)?.resolve(data);
    waiting.delete(data.number);
  };
  opened.onerror = (event) => {
    for (const { reject } of waiting.values()) reject(event);
    waiting.clear();
  };
  return opened;
}
