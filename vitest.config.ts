import { defineConfig } from 'vitest/config';

// Far from UTC and with a quarter of an hour in its offset: code that mixes up local time and UTC
// fails here and not at a user's.
process.env.TZ = 'Asia/Kathmandu';
// What verbs log about refusals they are made to meet would drown what matters.
process.env.LOG_LEVEL ??= 'silent';

const ELSEWHERE = ['**/node_modules/**', '**/.next/**', '**/.data/**', 'e2e/**', 'worker/**'];
const DATABASE_TESTS = '**/*.db.test.ts';
const CONTRACT_TESTS = '**/*.contract.test.ts';
const FAULT_TESTS = 'e2e/**/*.fault.test.ts';
/** Ends what hangs. A machine that has much else to do takes ten times as long and is not wrong. */
const PATIENCE = { testTimeout: 60_000, hookTimeout: 120_000 };

export default defineConfig({
  test: {
    passWithNoTests: false,
    // Most tests wait for a database or a server rather than compute.
    maxWorkers: 3,
    projects: [
      {
        test: {
          name: 'rules',
          include: ['**/*.test.ts'],
          exclude: [...ELSEWHERE, DATABASE_TESTS, CONTRACT_TESTS],
          // Rules keep no state: one process for all costs half of one for each file.
          isolate: false,
          ...PATIENCE,
        },
      },
      {
        // Pages are asked for their data as well, and they name files from the root.
        resolve: { alias: { '@': import.meta.dirname } },
        test: {
          name: 'db',
          include: [DATABASE_TESTS],
          exclude: ELSEWHERE,
          globalSetup: 'lib/testing/global-setup.ts',
          setupFiles: [
            // First of all: Next looks for the global that this sets when it is loaded.
            'node_modules/next/dist/server/node-environment-baseline.js',
            'lib/testing/clean-slate.ts',
          ],
          isolate: false,
          ...PATIENCE,
        },
      },
      {
        test: {
          name: 'contract',
          include: [CONTRACT_TESTS],
          exclude: ELSEWHERE,
          ...PATIENCE,
        },
      },
      {
        // The built application as real processes, killed in the middle of their work.
        test: {
          name: 'faults',
          include: [FAULT_TESTS],
          testTimeout: 180_000,
          hookTimeout: 240_000,
        },
      },
    ],
  },
});
