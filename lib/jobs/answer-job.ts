import { systemContext } from '../context.ts';
import { databaseNow } from '../database-now.ts';
import { log } from '../log.ts';
import { catalogue } from './catalogue.ts';
import { type JobName, jobSchemas } from './queue.ts';

/**
 * Answers a bell with its verb. What goes wrong is in the log; the queue, which keeps whatever is
 * thrown with all that a library hung on it, hears no more than that.
 */
export async function answerJob<N extends JobName>(name: N, data: unknown): Promise<void> {
  const payload = jobSchemas[name].parse(data) as Parameters<(typeof catalogue)[N]>[1];
  try {
    await catalogue[name](systemContext('worker', await databaseNow()), payload);
  } catch (error) {
    log().error({ job: name, payload, error }, 'a job failed; the sweep will look again');
    throw new Error(`${name} failed: the log says why`);
  }
}
