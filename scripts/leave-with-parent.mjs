// Loaded into every process the stack starts (`node --import leave-with-parent.mjs?parent=<pid>`).
// When the process that started it is gone, however it went, this one has nobody to work for and
// ends too. Processes it forks inherit the option but have another parent to look after them.
import { Worker } from 'node:worker_threads';

const PATIENCE_MS = 5_000;
const parent = Number(new URL(import.meta.url).searchParams.get('parent'));

if (process.ppid === parent && process.channel) {
  // Waiting for the parent's end must not keep a finished process alive.
  process.channel.unref();
  process.once('disconnect', () => {
    // In a thread of its own: the main one may be stuck writing its last words into a broken pipe.
    const end = `setTimeout(() => process.kill(process.pid, 'SIGKILL'), ${PATIENCE_MS})`;
    new Worker(end, { eval: true, execArgv: [] }).unref();
    process.kill(process.pid, 'SIGTERM');
  });
}
