import type { FinishedUpload } from '@/lib/characters/finish-upload';
import type { ImageView } from '@/lib/characters/image-view';
import type { RequestedUpload } from '@/lib/characters/request-upload';
import type { ErrorCode, ErrorDetails } from '@/lib/errors';
import { DoorRefusal, SendFailure, type UploadDoors } from './upload-queue';

const silentAfterMs = 30_000;

/** The queue's ways to our server and to the store, over HTTP. */
export function uploadDoors(characterId: string): UploadDoors<ImageView> {
  return {
    request: (input) => postJson<RequestedUpload>(`/api/influencer/${characterId}/images`, input),
    finish: (imageId) => postJson<FinishedUpload>(`/api/images/${imageId}/finish`, {}),
    send,
    rest,
  };
}

async function postJson<T>(url: string, body: object): Promise<T> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }).catch(() => {
    throw new SendFailure('connection');
  });
  if (response.ok) return response.json();
  const problem: { code?: ErrorCode; details?: ErrorDetails } = await response
    .json()
    .catch(() => ({}));
  if (response.status === 503) throw new SendFailure('busy');
  throw new DoorRefusal(problem.code ?? 'INTERNAL', problem.details ?? {});
}

/** PUTs a file with its progress: `fetch` reports none for what it sends. */
function send(
  { url, headers }: { url: string; headers: Record<string, string> },
  file: File,
  onProgress: (sentBytes: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const fail = (kind: SendFailure['kind']) => {
      clearTimeout(silence);
      reject(new SendFailure(kind));
    };
    const listen = () =>
      setTimeout(() => {
        request.abort();
        fail('stalled');
      }, silentAfterMs);
    let silence = listen();

    request.upload.onprogress = ({ loaded }) => {
      clearTimeout(silence);
      silence = listen();
      onProgress(loaded);
    };
    request.onerror = () => fail('connection');
    request.onload = () => {
      clearTimeout(silence);
      const { status } = request;
      if (status >= 200 && status < 300) resolve();
      else if (status === 403) fail('expired');
      else if (status === 429 || status >= 500) fail('busy');
      else fail('refused');
    };
    request.open('PUT', url);
    for (const [name, value] of Object.entries(headers)) {
      // The browser sets these itself and refuses them from a script.
      if (!/^(host|content-length)$/i.test(name)) request.setRequestHeader(name, value);
    }
    request.send(file);
  });
}

/** About `ms` with a spread of a fifth; while there is no connection, until it is back. */
function rest(ms: number): Promise<void> {
  return new Promise((resolve) => {
    if (!navigator.onLine) {
      window.addEventListener('online', () => resolve(), { once: true });
      return;
    }
    setTimeout(resolve, ms * (0.8 + Math.random() * 0.4));
  });
}
