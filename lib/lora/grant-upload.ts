import type { Context } from '../context.ts';
import { db } from '../db.ts';
import { env } from '../env.ts';
import {
  sampleLimits,
  type UploadGrant,
  type UploadRequest,
  uploadRequestSchema,
} from '../gpu/protocol.ts';
import { attemptSecret, SignatureError, verifyEvent } from '../gpu/signature.ts';
import { loraFileKey, sampleKey } from '../storage/keys.ts';
import { store } from '../storage/store.ts';
import type { Callback } from './receive-callback.ts';
import { hasEnded } from './rules/lifecycle.ts';

const grantSeconds = 600;

/** What the door answers a worker that asks where to put a finished file or a sample. */
export type UploadOutcome =
  | { kind: 'granted'; grant: UploadGrant }
  | { kind: 'refused' }
  | { kind: 'not_understood' }
  /** The training has as many samples as are kept. */
  | { kind: 'enough' }
  | { kind: 'gone' };

/**
 * Gives a worker a fresh presigned PUT for one file or sample of its own attempt, bound to the
 * length and SHA-256 it named. Granted again as often as asked: the same file has the same place.
 */
export async function grantUpload(ctx: Context, callback: Callback): Promise<UploadOutcome> {
  try {
    const secret = attemptSecret(env().AUTH_SECRET, callback.attemptId);
    verifyEvent([secret], callback.headers, callback.rawBody);
  } catch (error) {
    if (error instanceof SignatureError) return { kind: 'refused' };
    throw error;
  }
  const request = readRequest(callback.rawBody);
  if (!request || request.attemptId !== callback.attemptId) return { kind: 'not_understood' };
  const attempt = await db().trainingAttempt.findUnique({
    where: { id: request.attemptId },
    select: {
      releasedAt: true,
      loraModel: { select: { status: true, _count: { select: { samples: true } } } },
    },
  });
  // A failed training may still upload until it is released: a late result is kept.
  if (!attempt || attempt.releasedAt || attempt.loraModel.status === 'cancelled') {
    return { kind: 'gone' };
  }
  if ('sample' in request) {
    // Only a file can still be of use after an end.
    if (hasEnded(attempt.loraModel.status)) return { kind: 'gone' };
    if (attempt.loraModel._count.samples >= sampleLimits.pictures) return { kind: 'enough' };
  }
  const { key, contentType } = placeOf(request);
  const { bytes, sha256 } = request;
  const put = await store().presignPut(key, { bytes, contentType, sha256 }, grantSeconds);
  const expiresAt = new Date(ctx.now.getTime() + grantSeconds * 1_000).toISOString();
  return { kind: 'granted', grant: { ...put, key, expiresAt } };
}

function placeOf(request: UploadRequest): { key: string; contentType: string } {
  if ('sample' in request) {
    const { step, index } = request.sample;
    return { key: sampleKey(request.attemptId, step, index), contentType: request.contentType };
  }
  const { attemptId, role, sha256 } = request;
  return { key: loraFileKey(attemptId, role, sha256), contentType: 'application/octet-stream' };
}

function readRequest(rawBody: string) {
  try {
    return uploadRequestSchema.parse(JSON.parse(rawBody));
  } catch {
    return null;
  }
}
