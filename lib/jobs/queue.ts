import { fromPrisma, PgBoss } from 'pg-boss';
import { z } from 'zod';
import type { Tx } from '../db.ts';
import { env } from '../env.ts';
import { log } from '../log.ts';

/**
 * The doorbell. A job says "look at this"; what is true stands in our tables. Losing or doubling
 * one costs time, never correctness: the sweep finds the same work by itself.
 */
const attempt = z.strictObject({ attemptId: z.uuid() });

export const jobSchemas = {
  'lora.attempt.submit': attempt,
  'lora.attempt.observe': attempt,
  'lora.attempt.release': attempt,
  'lora.auto-start': z.strictObject({ characterId: z.uuid() }),
  'lora.suggest-retrain': z.strictObject({ characterId: z.uuid() }),
  'characters.generate-profile-set': z.strictObject({ characterId: z.uuid() }),
  'notifications.send-email': z.strictObject({ notificationId: z.uuid() }),
  'studio.generate-image': z.strictObject({ imageId: z.uuid() }),
  'deletions.advance': z.strictObject({ deletionId: z.uuid() }),
  'credits.purchase.check': z.strictObject({ purchaseId: z.uuid() }),
} as const satisfies Record<string, z.ZodType<object>>;

export type JobName = keyof typeof jobSchemas;
export type JobPayload<N extends JobName> = z.infer<(typeof jobSchemas)[N]>;

/**
 * The bell without a job: `NOTIFY` on this channel, by whoever has made an attempt due, wakes the
 * sweep of every worker that listens.
 */
export const bellChannel = 'likeness_due';

/** pg-boss keeps its tables here. */
export const queueSchema = 'pgboss';

/**
 * Every queue: at most one job waiting and one running for each subject, woken by NOTIFY. No
 * retries by the queue itself where the sweep looks again anyway.
 */
export const queueOptions = {
  policy: 'stately',
  notify: true,
  retryLimit: 2,
  retryDelay: 2,
  retryBackoff: true,
  retryDelayMax: 60,
  expireInSeconds: 300,
  heartbeatSeconds: 10,
  deleteAfterSeconds: 24 * 3_600,
} as const;

const shared = globalThis as { likenessQueue?: Promise<PgBoss> };

function sender(): Promise<PgBoss> {
  shared.likenessQueue ??= startSender().catch((error) => {
    shared.likenessQueue = undefined;
    throw error;
  });
  return shared.likenessQueue;
}

async function startSender(): Promise<PgBoss> {
  const boss = new PgBoss({
    connectionString: env().DATABASE_URL,
    schema: queueSchema,
    application_name: 'likeness-queue',
    max: 1,
    supervise: false,
    schedule: false,
    migrate: false,
    createSchema: false,
  });
  boss.on('error', (error) => log().error({ error }, 'job queue'));
  return boss.start();
}

/** Must be called once before a process enqueues inside transactions: opens the queue. */
export async function openQueue(): Promise<void> {
  await sender();
}

/**
 * Rings the bell for `payload`'s subject, in the caller's transaction: a rollback takes it back.
 * A bell that is already waiting is enough; a second one is dropped. With `afterSeconds` it is heard
 * that much later, so that what happens many times in a row is looked at once.
 */
export async function enqueue<N extends JobName>(
  tx: Tx,
  name: N,
  payload: JobPayload<N>,
  { afterSeconds }: { afterSeconds?: number } = {},
): Promise<void> {
  const boss = await sender();
  await boss.send(name, payload, {
    db: fromPrisma(tx),
    singletonKey: Object.values(payload).join(':'),
    ...(afterSeconds && { startAfter: afterSeconds }),
  });
}
