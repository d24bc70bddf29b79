import { runStack } from './run-stack.ts';

/** `npm start`: the built application with everything it needs. */
await runStack('production');
