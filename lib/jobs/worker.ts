import { flushCompileCache } from 'node:module';
import { setTimeout as wait } from 'node:timers/promises';
import { PgBoss } from 'pg-boss';
import { sweepSessions } from '../accounts/sessions.ts';
import { sweepActs } from '../acts/sweep-acts.ts';
import { sweepIdempotencyKeys } from '../api/sweep-idempotency-keys.ts';
import { nightlyAudit } from '../audit/nightly-audit.ts';
import { sweepUploads } from '../characters/sweep-uploads.ts';
import { type Context, systemContext } from '../context.ts';
import { sweepPurchases } from '../credits/sweep-purchases.ts';
import { databaseNow } from '../database-now.ts';
import { db } from '../db.ts';
import { sweepDeletions } from '../deletions/sweep-deletions.ts';
import { env } from '../env.ts';
import { log } from '../log.ts';
import { expireModels } from '../lora/expire-models.ts';
import { readBills } from '../lora/read-bills.ts';
import { reapOrphans } from '../lora/reap-orphans.ts';
import { sweepAttempts } from '../lora/sweep-attempts.ts';
import { sweepEmails } from '../notifications/sweep-emails.ts';
import { sweepPictures } from '../studio/sweep-pictures.ts';
import { answerJob } from './answer-job.ts';
import { listenForBells } from './listen-for-bells.ts';
import { type JobName, jobSchemas, queueSchema } from './queue.ts';

/**
 * The worker process: answers bells, and looks around by itself every second in case one was lost.
 * Runs beside the web server in plain Node, as many as wanted.
 */
const sweepEveryMs = 1_000;
const sweepsAtOnce = 4;
const deletionsEveryMs = 5_000;
const housekeepingEveryMs = 60_000;

async function main(): Promise<void> {
  const boss = new PgBoss({
    connectionString: env().DATABASE_URL,
    schema: queueSchema,
    application_name: 'likeness-worker',
    max: env().QUEUE_POOL,
    useListenNotify: true,
    schedule: false,
    // Tables and queues are made by `installQueue`, whose role may.
    migrate: false,
    createSchema: false,
    superviseIntervalSeconds: 10,
    monitorIntervalSeconds: 10,
  });
  boss.on('error', (error) => log().error({ error }, 'job queue'));
  await boss.start();
  for (const name of Object.keys(jobSchemas) as JobName[]) {
    await boss.work(
      name,
      { localConcurrency: 4, pollingIntervalSeconds: 1, notifyPollingIntervalSeconds: 5 },
      async ([job]) => {
        if (job) await answerJob(name, job.data);
      },
    );
  }

  let stopping = false;
  let purchasesSweptAt: Date | null = null;
  const stop = new AbortController();
  const loops = [
    sweepWhenRung(),
    housekeeping(sweepUploads),
    housekeeping(expireModels),
    housekeeping(reapOrphans),
    housekeeping(readBills),
    housekeeping(sweepIdempotencyKeys),
    housekeeping(sweepSessions),
    housekeeping(sweepActs),
    housekeeping(async (ctx) => {
      await sweepPurchases(ctx, purchasesSweptAt);
      purchasesSweptAt = ctx.now;
    }),
    housekeeping(sweepEmails),
    housekeeping(sweepPictures),
    every(deletionsEveryMs, async () =>
      sweepDeletions(systemContext('sweep', await databaseNow())),
    ),
    housekeeping(nightlyAudit),
  ];
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, async () => {
      stopping = true;
      stop.abort();
      await boss.stop({ graceful: true, timeout: 5_000 });
      await Promise.race([Promise.all(loops), wait(3_000)]);
      await db().$disconnect();
      process.exit(0);
    });
  }
  console.log('worker: ready');
  // One that is killed writes nothing down for the next.
  flushCompileCache();

  /** Sweeps every second and at every bell. A slow step holds up neither: up to four overlap. */
  async function sweepWhenRung(): Promise<void> {
    const sweeps = new Set<Promise<unknown>>();
    let ring = () => {};
    const listening = listenForBells(() => ring(), stop.signal);
    while (!stopping) {
      const rung = new Promise<void>((resolve) => {
        ring = resolve;
      });
      if (sweeps.size < sweepsAtOnce) {
        const sweep: Promise<unknown> = sweepAttempts()
          .catch((error) => log().error({ error }, 'a sweep failed'))
          .finally(() => sweeps.delete(sweep));
        sweeps.add(sweep);
      }
      await Promise.race([rung, pause(sweepEveryMs)]);
    }
    await Promise.all([listening, ...sweeps]);
  }

  /** Ends early when the worker stops. */
  function pause(ms: number): Promise<void> {
    return wait(ms, undefined, { signal: stop.signal }).catch(() => {});
  }

  function housekeeping(verb: (ctx: Context) => Promise<unknown>): Promise<void> {
    return every(housekeepingEveryMs, async () =>
      verb(systemContext('sweep', await databaseNow())),
    );
  }

  async function every(intervalMs: number, task: () => Promise<unknown>): Promise<void> {
    while (!stopping) {
      await task().catch((error) => log().error({ error }, 'a sweep failed'));
      await pause(intervalMs);
    }
  }
}

await main();
