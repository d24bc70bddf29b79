import { watch } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './root.ts';
import { runStack } from './run-stack.ts';
import type { RunningStack } from './stack.ts';

const QUIET_MS = 300;

/** `npm run dev`: pages reload by themselves, the worker starts again when its code changes. */
await runStack('development', restartWorkerOnChange);

function restartWorkerOnChange(running: RunningStack): void {
  let timer: NodeJS.Timeout | undefined;
  let restarting: Promise<void> = Promise.resolve();
  watch(join(ROOT, 'lib'), { recursive: true }, (_event, file) => {
    if (!file?.endsWith('.ts') || file.endsWith('.test.ts') || file.startsWith('sandbox')) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      restarting = restarting.then(restart);
    }, QUIET_MS);
  });

  async function restart(): Promise<void> {
    await running.kill('worker', 'SIGTERM');
    await running.restart('worker').then(
      () => console.log('[worker] started again with the changed code'),
      (error: Error) => console.error(error.message),
    );
  }
}
