import type { Context } from '../context.ts';
import { db } from '../db.ts';
import { env } from '../env.ts';
import { type UploadGrant, uploadRequestSchema } from '../gpu/protocol.ts';
import { attemptSecret, SignatureError, verifyEvent } from '../gpu/signature.ts';
import { loraFileKey } from '../storage/keys.ts';
import { store } from '../storage/store.ts';
import type { Callback } from './receive-callback.ts';

const grantSeconds = 600;

/** What the door answers a worker that asks where to put a finished file. */
export type UploadOutcome =
  | { kind: 'granted'; grant: UploadGrant }
  | { kind: 'refused' }
  | { kind: 'not_understood' }
  | { kind: 'gone' };

/**
 * Gives a worker a fresh presigned PUT for one file of its own attempt, bound to the length and
 * SHA-256 it named. Granted again as often as asked: the same file has the same place.
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
    select: { releasedAt: true, loraModel: { select: { status: true } } },
  });
  // A failed training may still upload until it is released: a late result is kept.
  if (!attempt || attempt.releasedAt || attempt.loraModel.status === 'cancelled') {
    return { kind: 'gone' };
  }
  const { role, bytes, sha256 } = request;
  const key = loraFileKey(request.attemptId, role, sha256);
  const put = await store().presignPut(
    key,
    { bytes, contentType: 'application/octet-stream', sha256 },
    grantSeconds,
  );
  const expiresAt = new Date(ctx.now.getTime() + grantSeconds * 1_000).toISOString();
  return { kind: 'granted', grant: { ...put, key, expiresAt } };
}

function readRequest(rawBody: string) {
  try {
    return uploadRequestSchema.parse(JSON.parse(rawBody));
  } catch {
    return null;
  }
}
