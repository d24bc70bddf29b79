import { setTimeout as wait } from 'node:timers/promises';

/** One measured figure of `npm run bench`, beside a limit or a peer of the same run. */
export interface Figure {
  what: string;
  measured: string;
  beside: string;
  ratio: number;
  /** The ratio may be at most this (`max`) or must be at least this (`min`). */
  limit: { max: number } | { min: number };
}

/** Asks every so often whether what is measured has happened; throws when it has not after 60 s. */
export async function until(done: () => Promise<boolean>, everyMs: number): Promise<void> {
  const giveUpAt = Date.now() + 60_000;
  while (!(await done())) {
    if (Date.now() > giveUpAt) throw new Error('gave up after 60 s');
    await wait(everyMs);
  }
}
