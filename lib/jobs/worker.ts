import { setTimeout as wait } from 'node:timers/promises';
import { PgBoss } from 'pg-boss';
import { sweepUploads } from '../characters/sweep-uploads.ts';
import { systemContext } from '../context.ts';
import { db } from '../db.ts';
import { env } from '../env.ts';
import { log } from '../log.ts';
import { sweepAttempts } from '../lora/sweep-attempts.ts';
import { catalogue } from './catalogue.ts';
import { type JobName, jobSchemas, queueOptions, queueSchema } from './queue.ts';

/**
 * The worker process: answers bells, and looks around by itself every second in case one was lost.
 * Runs beside the web server in plain Node, as many as wanted.
 */
const sweepEveryMs = 1_000;
const housekeepingEveryMs = 60_000;

async function main(): Promise<void> {
  const boss = new PgBoss({
    connectionString: env().DATABASE_URL,
    schema: queueSchema,
    application_name: 'likeness-worker',
    max: 4,
    useListenNotify: true,
    schedule: false,
    superviseIntervalSeconds: 10,
    monitorIntervalSeconds: 10,
  });
  boss.on('error', (error) => log().error({ error }, 'job queue'));
  await boss.start();
  for (const name of Object.keys(jobSchemas) as JobName[]) {
    await boss.createQueue(name, queueOptions);
    await boss.work(
      name,
      { localConcurrency: 4, pollingIntervalSeconds: 1, notifyPollingIntervalSeconds: 5 },
      async ([job]) => {
        if (job) await answer(name, job.data);
      },
    );
  }

  let stopping = false;
  const stop = new AbortController();
  const loops = [
    every(sweepEveryMs, () => sweepAttempts()),
    every(housekeepingEveryMs, () => sweepUploads(systemContext('sweep'))),
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

  async function every(intervalMs: number, task: () => Promise<unknown>): Promise<void> {
    while (!stopping) {
      await task().catch((error) => log().error({ error }, 'a sweep failed'));
      await wait(intervalMs, undefined, { signal: stop.signal }).catch(() => {});
    }
  }
}

async function answer<N extends JobName>(name: N, data: unknown): Promise<void> {
  const payload = jobSchemas[name].parse(data) as Parameters<(typeof catalogue)[N]>[1];
  try {
    await catalogue[name](systemContext('worker'), payload);
  } catch (error) {
    log().error({ job: name, payload, error }, 'a job failed; the sweep will look again');
    throw error;
  }
}

await main();
