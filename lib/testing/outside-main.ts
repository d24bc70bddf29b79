import { startFaultGpu } from './fault-gpu.ts';
import { startFaultStore } from './fault-store.ts';

/**
 * One part of a faulty outside world as a process of its own: `node
 * lib/testing/outside-main.ts gpu|store '<options as JSON>'`. Prints its address when it listens.
 */
const [, , part, options = '{}'] = process.argv;
const start = part === 'gpu' ? startFaultGpu : startFaultStore;
const started = await start(JSON.parse(options));
console.log(`listening on ${started.url}`);
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(0));
