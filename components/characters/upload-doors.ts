import type { FinishedUpload } from '@/lib/characters/finish-upload';
import type { ImageView } from '@/lib/characters/image-view';
import type { RequestedParts } from '@/lib/characters/request-parts';
import type { RequestedUpload } from '@/lib/characters/request-upload';
import type { ErrorCode, ErrorDetails } from '@/lib/errors';
import { inspectFile } from './inspect-file';
import { DoorRefusal, SendFailure, type UploadDoors } from './upload-queue';

const silentAfterMs = 30_000;

/** The queue's ways to our server and to the store, over HTTP. */
export const uploadDoors: UploadDoors<ImageView> = {
  inspect: inspectFile,
  request: (characterId, input) =>
    callServer<RequestedUpload>('POST', `/api/influencer/${characterId}/images`, input),
  parts: (imageId, bytes) =>
    callServer<RequestedParts>('POST', `/api/images/${imageId}/upload`, { bytes }),
  finish: (imageId) => callServer<FinishedUpload>('POST', `/api/images/${imageId}/finish`, {}),
  giveUp: (imageId) => callServer<void>('DELETE', `/api/images/${imageId}/upload`),
  send,
  rest,
};

async function callServer<T>(method: string, url: string, body?: object): Promise<T> {
  const response = await fetch(url, {
    method,
    headers: body && { 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  }).catch(() => {
    throw new SendFailure('connection');
  });
  const text = await response.text().catch(() => {
    throw new SendFailure('connection');
  });
  if (response.ok) return text === '' ? (undefined as T) : JSON.parse(text);
  if (response.status === 429 || response.status === 503) {
    throw new SendFailure('busy', retryAfterMs(response.headers.get('retry-after')));
  }
  throw refusalFrom(text);
}

function refusalFrom(text: string): DoorRefusal {
  try {
    const { code, details }: { code?: ErrorCode; details?: ErrorDetails } = JSON.parse(text);
    return new DoorRefusal(code ?? 'INTERNAL', details ?? {});
  } catch {
    // A page instead of an answer: something between us and the server is in trouble.
    return new DoorRefusal('INTERNAL', {});
  }
}

/** PUTs bytes with their progress: `fetch` reports none for what it sends. */
function send(
  { url, headers }: { url: string; headers: Record<string, string> },
  body: Blob,
  onProgress: (sentBytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const end = (error?: unknown) => {
      clearTimeout(silence);
      signal.removeEventListener('abort', cancel);
      if (error) reject(error);
      else resolve();
    };
    const cancel = () => {
      request.abort();
      end(signal.reason);
    };
    const listen = () =>
      setTimeout(() => {
        request.abort();
        end(new SendFailure('stalled'));
      }, silentAfterMs);
    let silence = listen();
    signal.addEventListener('abort', cancel);

    request.upload.onprogress = ({ loaded }) => {
      clearTimeout(silence);
      silence = listen();
      onProgress(loaded);
    };
    request.onerror = () => end(new SendFailure('connection'));
    request.onload = () => {
      const { status, responseText } = request;
      const ok = status >= 200 && status < 300;
      end(ok ? undefined : storeFailure(status, responseText, request));
    };
    request.open('PUT', url);
    for (const [name, value] of Object.entries(headers)) {
      // The browser sets these itself and refuses them from a script.
      if (!/^(host|content-length)$/i.test(name)) request.setRequestHeader(name, value);
    }
    request.send(body);
  });
}

/** What the store's answer means, by its status and by the code in its error document. */
export function storeFailure(
  status: number,
  document: string,
  request: Pick<XMLHttpRequest, 'getResponseHeader'>,
): SendFailure {
  const code = /<Code>(\w+)<\/Code>/.exec(document)?.[1] ?? '';
  // An upload in parts that the store has forgotten is begun anew by asking for its parts.
  if (status === 403 || code === 'NoSuchUpload') return new SendFailure('expired');
  if (/^(BadDigest|InvalidDigest|XAmzContent\w+Mismatch)$/.test(code)) {
    return new SendFailure('damaged');
  }
  if (/^(IncompleteBody|RequestTimeout)$/.test(code)) return new SendFailure('connection');
  if (status === 429 || status >= 500) {
    return new SendFailure('busy', retryAfterMs(request.getResponseHeader('retry-after')));
  }
  return new SendFailure('refused');
}

/** Seconds or a date, as HTTP has it; at most five minutes, so that a row never waits for hours. */
export function retryAfterMs(header: string | null, now = Date.now()): number {
  if (!header) return 0;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), 300_000) : 0;
}

/** About `ms` with a spread of a fifth; while there is no connection, until it is back. */
export function rest(ms: number, signal: AbortSignal): Promise<'rested' | 'reconnected'> {
  return new Promise((resolve) => {
    const offline = !navigator.onLine;
    const wake = (how: 'rested' | 'reconnected') => {
      clearTimeout(timer);
      window.removeEventListener('online', reconnected);
      signal.removeEventListener('abort', rested);
      resolve(how);
    };
    const reconnected = () => wake('reconnected');
    const rested = () => wake('rested');
    window.addEventListener('online', reconnected);
    signal.addEventListener('abort', rested);
    const timer = offline ? undefined : setTimeout(rested, ms * (0.8 + Math.random() * 0.4));
  });
}
