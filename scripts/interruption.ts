import { EnvError } from '../lib/env.ts';
import { StartError } from './start-error.ts';

const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/**
 * Runs `work` and hands it a signal that is given on Ctrl-C, SIGTERM, and when whoever started us is
 * gone; `work` then cleans up and this process exits. A problem whose message says it all is printed
 * without a stack trace, with exit code 1.
 */
export async function untilStopped<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stopping = new AbortController();
  let exitCode = 1;
  const stop = (code: number): void => {
    if (stopping.signal.aborted) return;
    exitCode = code;
    stopping.abort(new StartError('Stopped.'));
  };
  for (const [name, code] of Object.entries(CODES)) process.on(name, () => stop(code));
  process.once('disconnect', () => stop(CODES.SIGHUP));
  try {
    const result = await work(stopping.signal);
    if (stopping.signal.aborted) process.exit(exitCode);
    return result;
  } catch (error) {
    const known = error instanceof StartError || error instanceof EnvError;
    console.error(known ? error.message : error);
    process.exit(exitCode);
  }
}
