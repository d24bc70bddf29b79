import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { EnvError } from '../lib/env.ts';
import { ROOT } from './root.ts';
import { createStack, type RunningStack, type StackOptions } from './stack.ts';
import { StartError } from './start-error.ts';

/** Settings from the file `.env`; what the environment already says wins. */
export function loadSettings(): void {
  const file = join(ROOT, '.env');
  if (existsSync(file)) process.loadEnvFile(file);
}

/**
 * Runs the stack until it is stopped: by Ctrl-C, SIGTERM or the end of whoever started us (exit code
 * 0), or by a part that ends by itself (1). Prints what a person needs to know, and no more.
 */
export async function runStack(
  mode: StackOptions['mode'],
  whenRunning: (running: RunningStack) => void = () => {},
): Promise<void> {
  loadSettings();
  const startedAt = performance.now();
  const stack = createStack({ mode, settings: process.env, report: (line) => console.log(line) });

  let ending = false;
  const end = async (code: number, why: string): Promise<void> => {
    if (ending) return;
    ending = true;
    if (why) console.log(why);
    await stack.stop();
    process.exit(code);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // Repeated signals are one: the terminal and npm both send Ctrl-C.
    process.on(signal, () => void end(0, '\nStopping …'));
  }
  process.once('disconnect', () => void end(0, ''));
  void stack.crashed.then((report) => end(1, `${report}\nStopping the rest …`));

  try {
    const running = await stack.start();
    if (ending) return;
    console.log(greeting(running, performance.now() - startedAt));
    whenRunning(running);
  } catch (error) {
    if (ending) return;
    const known = error instanceof StartError || error instanceof EnvError;
    console.error(known ? error.message : error);
    await end(1, '');
  }
}

function greeting({ url, demo, components }: RunningStack, tookMs: number): string {
  return [
    ...components.map((line) => `  ${line}`),
    '',
    `  Likeness is ready at ${url} (${(tookMs / 1_000).toFixed(1)} s)`,
    ...(demo ? [`  Sign in as ${demo.email} with the password ${demo.password}`] : []),
    '  Ctrl-C stops it.',
  ].join('\n');
}
