import { Prisma } from '../../prisma/client/client.ts';
import type { Context } from '../context.ts';
import { db } from '../db.ts';
import { env } from '../env.ts';
import { type EventReply, type WorkerEvent, workerEventSchema } from '../gpu/protocol.ts';
import { attemptSecret, SignatureError, verifyEvent } from '../gpu/signature.ts';
import { bellChannel } from '../jobs/queue.ts';
import { log } from '../log.ts';
import { isJobOf, lastSeqOf } from './job-claim.ts';

export interface Callback {
  /** From the callback address: whose secret the signature was made with. */
  attemptId: string;
  headers: Headers | Record<string, string>;
  /** The bytes as they came; nothing is parsed before the signature holds. */
  rawBody: string;
}

/** What the door answers. `refused` is 401; an event we cannot use is still `accepted`. */
export type CallbackOutcome = { kind: 'accepted'; reply: EventReply } | { kind: 'refused' };

/**
 * Takes an event from a worker: verifies the raw body, writes the delivery id down, makes the
 * attempt due and rings, and tells the worker whether to go on. Changes nothing else: the bell makes
 * us ask the provider, so forged, stale, doubled and reordered events cost latency only (house, step 5).
 *
 * An event that names the provider's run it comes from claims the attempt for that run; of any other
 * run nothing is kept, and it is told to stop.
 */
export async function receiveCallback(ctx: Context, callback: Callback): Promise<CallbackOutcome> {
  let deliveryId: string;
  try {
    const secret = attemptSecret(env().AUTH_SECRET, callback.attemptId);
    ({ deliveryId } = verifyEvent([secret], callback.headers, callback.rawBody));
  } catch (error) {
    if (!(error instanceof SignatureError)) throw error;
    log().warn('a callback with a bad signature was refused');
    return { kind: 'refused' };
  }
  const event = readEvent(callback.rawBody);
  if (!event || event.attemptId !== callback.attemptId) {
    // Signed, but nothing we understand: sending it again would not help.
    log().warn({ attemptId: callback.attemptId, deliveryId }, 'a callback was not understood');
    return { kind: 'accepted', reply: { action: 'continue' } };
  }

  const { attemptId, externalJobId } = event;
  if (externalJobId && !(await isJobOf(ctx.now, attemptId, externalJobId))) {
    log().warn({ attemptId, externalJobId }, 'a second job of an attempt is told to stop');
    return { kind: 'accepted', reply: { action: 'cancel' } };
  }
  const action = await writeDown(ctx, deliveryId, event);
  if (!externalJobId || event.type !== 'accepted') return { kind: 'accepted', reply: { action } };
  return { kind: 'accepted', reply: { action, lastSeq: await lastSeqOf(attemptId) } };
}

/** What the next look at the provider would not show anyway: a bell for each heartbeat is noise. */
const isNews = (event: WorkerEvent) => event.type !== 'progress' && event.type !== 'heartbeat';

/**
 * The delivery, the bell and the reply in one statement, for callbacks come by the thousand. Due now
 * by the database's clock, even where this machine's is ahead of it. Where no bell is rung the statement
 * is another: PostgreSQL makes everything ready for an update before it finds that there is none.
 */
async function writeDown(
  { now }: Context,
  deliveryId: string,
  event: WorkerEvent,
): Promise<EventReply['action']> {
  const taken = Prisma.sql`
    WITH known AS (
      SELECT attempt.id, attempt.provider, attempt.state = 'submitted' AS is_running,
             attempt.state = 'ended' AND attempt.released_at IS NULL AS is_left_over,
             attempt.state = 'ended' OR training.cancel_requested_at IS NOT NULL
               OR training.status NOT IN ('pending', 'training') AS stop
        FROM training_attempts attempt
        JOIN lora_models training ON training.id = attempt.lora_model_id
       WHERE attempt.id = ${event.attemptId}::uuid),
    delivered AS (
      INSERT INTO webhook_deliveries
             (provider, delivery_id, attempt_id, type, seq, body, received_at)
      SELECT provider, ${deliveryId}, id, ${event.type}, ${event.seq}::int,
             ${JSON.stringify(event)}::jsonb, ${now}::timestamptz
        FROM known
      ON CONFLICT DO NOTHING
      RETURNING attempt_id)`;
  const [told] = await (isNews(event)
    ? db().$queryRaw<{ stop: boolean }[]>`
        /* prepared as callback_with_news */${taken},
        rung AS (
          UPDATE training_attempts attempt
             SET next_check_at = least(clock_timestamp(), ${now}::timestamptz)
            FROM delivered, known
           WHERE (known.is_running OR known.is_left_over) AND attempt.id = delivered.attempt_id
          RETURNING attempt.id)
        SELECT stop, (SELECT count(pg_notify(${bellChannel}, id::text)) FROM rung) AS bells
          FROM known`
    : db().$queryRaw<{ stop: boolean }[]>`
        /* prepared as callback */${taken} SELECT stop FROM known`);
  // Attempts are written down before anybody hears of them: an unknown one was deleted, and of what
  // is deleted nothing is kept.
  if (!told) return 'cancel';
  return told.stop ? 'cancel' : 'continue';
}

/** What a text may hold in JSON and not in the database: NUL, and half of a pair. */
const oddEscape = /\\u(?:0000|d[89a-f])/i;

function readEvent(rawBody: string): WorkerEvent | null {
  try {
    const json = JSON.parse(rawBody, oddEscape.test(rawBody) ? withoutOddCharacters : undefined);
    return workerEventSchema.parse(json);
  } catch {
    return null;
  }
}

function withoutOddCharacters(_: string, value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll('\0', '').toWellFormed() : value;
}
