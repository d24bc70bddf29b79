import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { env } from '../env.ts';
import { log } from '../log.ts';
import { bellChannel } from './queue.ts';

const comeBackMs = 1_000;

/**
 * Calls `onBell` whenever somebody rings, until `signal` aborts. A lost connection is made again;
 * what was rung meanwhile the sweep finds by itself. Resolves when it has ended.
 */
export async function listenForBells(onBell: () => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const client = new pg.Client({
      connectionString: env().DATABASE_URL,
      application_name: 'likeness-bells',
      keepAlive: true,
    });
    const lost = new Promise<void>((resolve) => {
      // A connection that breaks may say so more than once.
      client.on('error', () => resolve());
      client.once('end', () => resolve());
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    client.on('notification', onBell);
    try {
      await client.connect();
      await client.query(`LISTEN ${bellChannel}`);
      onBell();
      await lost;
    } catch (error) {
      log().warn({ error }, 'bells cannot be heard; the sweep finds what is due');
    }
    await client.end().catch(() => {});
    if (!signal.aborted) await wait(comeBackMs, undefined, { signal }).catch(() => {});
  }
}
