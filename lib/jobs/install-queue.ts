import { PgBoss } from 'pg-boss';
import { jobSchemas, queueOptions, queueSchema } from './queue.ts';

/**
 * Makes or updates pg-boss' own tables and every queue of ours in the database at `databaseUrl`, so
 * that any process can enqueue before a worker has ever run. Needs the database's owner: whoever
 * enqueues or works afterwards makes no table. Safe to repeat.
 */
export async function installQueue(databaseUrl: string): Promise<void> {
  const boss = new PgBoss({
    connectionString: databaseUrl,
    schema: queueSchema,
    supervise: false,
    schedule: false,
    max: 2,
  });
  // An error during the calls below is thrown by them as well.
  boss.on('error', () => {});
  await boss.start();
  try {
    for (const name of Object.keys(jobSchemas)) await boss.createQueue(name, queueOptions);
  } finally {
    await boss.stop({ graceful: false });
  }
}
