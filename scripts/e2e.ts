import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBrowser } from './browser.ts';
import { untilStopped } from './interruption.ts';
import { ROOT } from './root.ts';
import { runNode, withColourOfConsole } from './run-node.ts';
import { StartError } from './start-error.ts';
import { type Counts, countPlaywright, type PlaywrightReport } from './test-report.ts';
import { startTestStack } from './test-stack.ts';

/** Long enough to be seen running, left, and found running again on a busy machine. */
const TRAINING_SECONDS = 10;

/**
 * The browser stories against the built application with an empty data folder of its own.
 * `args` go to Playwright. Returns how many passed, failed and were skipped. Throws `StartError`
 * when there is no browser, or the application does not build or start.
 */
export async function runStories(
  report: (line: string) => void,
  signal: AbortSignal,
  args: readonly string[] = [],
): Promise<Counts> {
  const browser = await findBrowser(report);
  report(`browser: ${browser}`);
  const stack = await startTestStack({
    trainingSeconds: TRAINING_SECONDS,
    settings: canaries(),
    report,
    signal,
  });
  const directory = await mkdtemp(join(tmpdir(), 'likeness-stories-'));
  try {
    report(`application: ${stack.url}`);
    const reportFile = join(directory, 'report.json');
    // Playwright colours its workers by FORCE_COLOR alone; beside NO_COLOR Node warns each time.
    const { NO_COLOR: _no, ...ourEnvironment } = withColourOfConsole();
    const { output } = await runNode(
      {
        args: [
          join(ROOT, 'node_modules/@playwright/test/cli.js'),
          'test',
          '--forbid-only',
          '--reporter=list,json',
          ...args,
        ],
        env: {
          FORCE_COLOR: '0',
          ...ourEnvironment,
          // Stories mint their accounts in the tables and their pictures in the store.
          ...Object.fromEntries(
            Object.entries(stack.env).map(([name, value]) => [name, `${value}`]),
          ),
          BASE_URL: stack.url,
          BROWSER_PATH: browser,
          DEMO_EMAIL: stack.demo?.email,
          DEMO_PASSWORD: stack.demo?.password,
          PLAYWRIGHT_JSON_OUTPUT_FILE: reportFile,
        },
      },
      { signal, onLine: report },
    );
    const text = await readFile(reportFile, 'utf8').catch(() => {
      throw new StartError(`Playwright made no report:\n${output}`);
    });
    return countPlaywright(JSON.parse(text) as PlaywrightReport);
  } finally {
    await rm(directory, { recursive: true, force: true });
    await stack.stop();
  }
}

/**
 * Secrets of parts that do not run here, to be found where they must not be. Only those that turn
 * nothing on by being set; the others have `app/_doors/canaries.db.test.ts`.
 */
function canaries(): Record<string, string> {
  const canary = () => `canary-${randomUUID()}`;
  return {
    WORKER_HOST_TOKEN: canary(),
    AI_TOOLKIT_AUTH: canary(),
    RUNPOD_HF_TOKEN: canary(),
    MODAL_TOKEN_SECRET: canary(),
    STRIPE_WEBHOOK_SECRET: canary(),
    MAIL_SMTP_URL: `smtps://likeness:${canary()}@mail.example.test`,
  };
}

if (import.meta.main) {
  const counts = await untilStopped((signal) =>
    runStories((line) => console.log(line), signal, process.argv.slice(2)),
  );
  console.log(`\n${counts.passed} passed, ${counts.failed} failed`);
  process.exit(counts.failed > 0 || counts.passed === 0 ? 1 : 0);
}
