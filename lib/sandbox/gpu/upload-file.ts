import { createHash } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type FileRole,
  type JobInput,
  protocolVersion,
  type ReportedSample,
  type UploadBody,
  type UploadGrant,
  type UploadRequest,
  uploadGrantSchema,
} from '../../gpu/protocol.ts';
import { signEvent } from '../../gpu/signature.ts';
import { hashOf, type SandboxAdapterFile } from '../adapter-file.ts';
import { WorkerFailure } from './worker-failure.ts';

const maxTries = 6;
/** A sample is not worth waiting for. */
const maxSampleTries = 2;
const grantTimeoutMs = 10_000;
const putTimeoutMs = 5 * 60_000;

/** What was stored, as the events report it. */
export interface UploadedFile {
  role: FileRole;
  key: string;
  bytes: number;
  sha256: string;
}

/**
 * Asks for a fresh presigned PUT and streams the file there. A failed try asks again, because the
 * link may have expired meanwhile. Throws `WorkerFailure('UPLOAD_FAILED')` when it cannot be done.
 */
export async function uploadFile(
  input: JobInput,
  role: FileRole,
  file: SandboxAdapterFile,
  signal: AbortSignal,
): Promise<UploadedFile> {
  const sha256 = await hashOf(file);
  const key = await upload(input, { role, bytes: file.bytes, sha256 }, file, maxTries, signal);
  return { role, key, bytes: file.bytes, sha256 };
}

/** The same for a sample picture. Throws likewise; a training goes on without its samples. */
export async function uploadSample(
  input: JobInput,
  place: Pick<ReportedSample, 'step' | 'index'>,
  picture: Uint8Array,
  signal: AbortSignal,
): Promise<Omit<ReportedSample, 'prompt'>> {
  const body = {
    contentType: 'image/png',
    bytes: picture.byteLength,
    sha256: createHash('sha256').update(picture).digest('hex'),
  } as const;
  const file: SandboxAdapterFile = {
    bytes: picture.byteLength,
    async *chunks() {
      yield picture;
    },
  };
  const key = await upload(input, { sample: place, ...body }, file, maxSampleTries, signal);
  return { ...place, key, ...body };
}

async function upload(
  input: JobInput,
  body: UploadBody,
  file: SandboxAdapterFile,
  tries: number,
  signal: AbortSignal,
): Promise<string> {
  let trouble = '';
  for (let attempt = 0; attempt < tries; attempt++) {
    if (attempt > 0) await delay(Math.min(10_000, 250 * 2 ** attempt), undefined, { signal });
    try {
      const grant = await askForGrant(input, body, signal);
      await put(grant, file, signal);
      return grant.key;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof WorkerFailure) throw error;
      trouble = error instanceof Error ? error.message : String(error);
    }
  }
  throw new WorkerFailure('UPLOAD_FAILED', true, `Gave up after ${tries} tries: ${trouble}`);
}

async function askForGrant(
  input: JobInput,
  wanted: UploadBody,
  signal: AbortSignal,
): Promise<UploadGrant> {
  const request: UploadRequest = {
    protocolVersion,
    trainingId: input.trainingId,
    attemptId: input.attemptId,
    ...wanted,
  };
  const body = JSON.stringify(request);
  const deliveryId = `upl_${input.attemptId}_${createHash('sha256').update(body).digest('hex').slice(0, 16)}`;
  const response = await fetch(input.callback.uploadUrl, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...signEvent(input.callback.secret, deliveryId, new Date(), body),
    },
    body,
    redirect: 'manual',
    signal: AbortSignal.any([signal, AbortSignal.timeout(grantTimeoutMs)]),
  });
  const answer = await response.text();
  if (!response.ok) {
    const isFinal = response.status < 500 && ![408, 429].includes(response.status);
    const message = `The upload link was refused with ${response.status}.`;
    if (isFinal) throw new WorkerFailure('UPLOAD_FAILED', false, message);
    throw new Error(message);
  }
  return uploadGrantSchema.parse(JSON.parse(answer));
}

/**
 * With node:http, not fetch, which takes chunks faster than the connection does: a file of 900 MB
 * then fills 600 MB of memory.
 */
async function put(
  grant: UploadGrant,
  file: SandboxAdapterFile,
  signal: AbortSignal,
): Promise<void> {
  const send = new URL(grant.url).protocol === 'https:' ? httpsRequest : httpRequest;
  const request = send(grant.url, {
    method: 'PUT',
    // Without the length Node would send the body in chunks, which stores refuse.
    headers: { ...grant.headers, 'content-length': String(file.bytes) },
    signal: AbortSignal.any([signal, AbortSignal.timeout(putTimeoutMs)]),
  });
  const answered = new Promise<{ status: number; text: string }>((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (response) => {
      text(response).then(
        (body) => resolve({ status: response.statusCode ?? 0, text: body }),
        reject,
      );
    });
  });
  // What breaks while sending reaches `answered` as an error of the request.
  pipeline(Readable.from(file.chunks(), { highWaterMark: 1 }), request).catch(() => {});
  const answer = await answered;
  // A store may refuse before it has the whole body.
  request.destroy();
  if (answer.status < 200 || answer.status > 299) {
    throw new Error(`The store answered ${answer.status}: ${answer.text.slice(0, 300)}`);
  }
}
