import type { Context } from '../context.ts';
import { inTransaction } from '../db.ts';
import { env } from '../env.ts';
import { type EventReply, workerEventSchema } from '../gpu/protocol.ts';
import { attemptSecret, SignatureError, verifyEvent } from '../gpu/signature.ts';
import { enqueue, openQueue } from '../jobs/queue.ts';
import { log } from '../log.ts';
import { hasEnded } from './rules/lifecycle.ts';

export interface Callback {
  provider: string;
  /** From the callback address: whose secret the signature was made with. */
  attemptId: string;
  headers: Record<string, string>;
  /** The bytes as they came; nothing is parsed before the signature holds. */
  rawBody: string;
}

/** What the door answers. `refused` is 401; an event we cannot use is still `accepted`. */
export type CallbackOutcome = { kind: 'accepted'; reply: EventReply } | { kind: 'refused' };

/**
 * Takes an event from a worker: verifies the raw body, writes the delivery id down, rings the
 * bell, and tells the worker whether to go on. Changes nothing else: the bell makes us ask the
 * provider, so forged, stale, doubled and reordered events cost latency only (house, step 5).
 */
export async function receiveCallback(ctx: Context, callback: Callback): Promise<CallbackOutcome> {
  let deliveryId: string;
  try {
    const secret = attemptSecret(env().AUTH_SECRET, callback.attemptId);
    ({ deliveryId } = verifyEvent([secret], callback.headers, callback.rawBody));
  } catch (error) {
    if (!(error instanceof SignatureError)) throw error;
    log().warn({ provider: callback.provider }, 'a callback with a bad signature was refused');
    return { kind: 'refused' };
  }
  const event = readEvent(callback.rawBody);
  if (!event || event.attemptId !== callback.attemptId) {
    // Signed, but nothing we understand: sending it again would not help.
    log().warn({ provider: callback.provider, deliveryId }, 'a callback was not understood');
    return { kind: 'accepted', reply: { action: 'continue' } };
  }

  await openQueue();
  return inTransaction(async (tx) => {
    const { count } = await tx.webhookDelivery.createMany({
      data: [
        {
          provider: callback.provider,
          deliveryId,
          attemptId: event.attemptId,
          type: event.type,
          seq: event.seq,
          body: event,
          receivedAt: ctx.now,
        },
      ],
      skipDuplicates: true,
    });
    const attempt = await tx.trainingAttempt.findUnique({
      where: { id: event.attemptId },
      select: {
        state: true,
        releasedAt: true,
        loraModel: { select: { status: true, cancelRequestedAt: true } },
      },
    });
    if (count === 1 && attempt?.state === 'submitted') {
      await enqueue(tx, 'lora.attempt.observe', { attemptId: event.attemptId });
    }
    if (count === 1 && attempt?.state === 'ended' && !attempt.releasedAt) {
      await enqueue(tx, 'lora.attempt.release', { attemptId: event.attemptId });
    }
    const stop =
      attempt !== null &&
      (attempt.state === 'ended' ||
        attempt.loraModel.cancelRequestedAt !== null ||
        hasEnded(attempt.loraModel.status));
    return { kind: 'accepted', reply: { action: stop ? 'cancel' : 'continue' } };
  });
}

function readEvent(rawBody: string) {
  try {
    return workerEventSchema.parse(JSON.parse(rawBody));
  } catch {
    return null;
  }
}
