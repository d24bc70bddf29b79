import { defineConfig, devices } from '@playwright/test';

export default defineConfig({
  testDir: 'e2e',
  projects: [
    {
      name: 'stories',
      testMatch: '**/*.spec.ts',
      testIgnore: '**/training-switch.spec.ts',
      teardown: 'switch',
    },
    // Stops trainings for everybody: when every other story is told, whichever were asked for.
    { name: 'switch', testMatch: '**/training-switch.spec.ts' },
  ],
  outputDir: 'test-results',
  // Stories share nothing; while one waits for a training, another has the processor.
  fullyParallel: true,
  workers: 3,
  retries: 0,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: 'list',
  use: {
    ...devices['Desktop Chrome'],
    // Set by `npm run e2e`; without it, stories run against `npm start`.
    baseURL: process.env.BASE_URL || 'http://localhost:3000',
    // A trace makes stories a sixth slower; `npm run e2e -- --trace=retain-on-failure` keeps one.
    trace: 'off',
    screenshot: 'only-on-failure',
    // Not the server's, so that a time rendered on the wrong side shows.
    timezoneId: 'Asia/Kathmandu',
    // Transitions are a sixth of the browser's work; the main story and the picker's run with them.
    contextOptions: { reducedMotion: 'reduce' },
    launchOptions: {
      executablePath: process.env.BROWSER_PATH || undefined,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
