import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBrowser } from './browser.ts';
import { buildIfStale } from './build.ts';
import { runStories } from './e2e.ts';
import { generate } from './generate.ts';
import { untilStopped } from './interruption.ts';
import { ROOT } from './root.ts';
import { runNode, withColourOfConsole } from './run-node.ts';
import {
  type Counts,
  countVitest,
  type PartResult,
  summary,
  type VitestReport,
} from './test-report.ts';
import { resultText, verify } from './verify.ts';

const say = (line: string): void => console.log(line);

const FILES_OF_PART: Record<string, RegExp> = {
  database: /\.db\.test\.ts$/,
  contracts: /\.contract\.test\.ts$/,
  faults: /\.fault\.test\.ts$/,
};

const results = await untilStopped(runAll);
const { text, failed } = summary(results);
say(`\n${text}`);
process.exit(failed ? 1 : 0);

/** `npm test`: everything that can be proved, in the order of how soon it tells. */
async function runAll(signal: AbortSignal): Promise<PartResult[]> {
  await generate(signal);
  const parts: PartResult[] = [];

  heading('Static checks');
  parts.push(
    await timed('static checks', async () => {
      const checks = await verify((result) => say(resultText(result)));
      const passed = checks.filter((check) => check.passed).length;
      return { passed, failed: checks.length - passed, skipped: 0 };
    }),
  );
  signal.throwIfAborted();

  heading('Rules, database, contracts; the build beside them');
  const building = timed('build', () => once(() => buildIfStale(say, signal)));
  // Found, or fetched, before the stories ask; they say so when there is none.
  const browsing = findBrowser(say).catch(() => {});
  const quick = await runVitest(['rules', 'db', 'contract'], signal);
  parts.push(
    part(quick, 'rules', (file) => !Object.values(FILES_OF_PART).some((of) => of.test(file))),
    part(quick, 'database', (file) => FILES_OF_PART.database?.test(file) === true),
    part(quick, 'contracts', (file) => FILES_OF_PART.contracts?.test(file) === true),
  );

  parts.push(await building);
  await browsing;

  heading('Faults: real processes, killed');
  const faults = await runVitest(['faults'], signal);
  parts.push(part(faults, 'faults', () => true));

  heading('Browser stories');
  parts.push(
    await timed('browser stories', () =>
      runStories(say, signal).catch((error: Error) => broken(error, signal)),
    ),
  );
  return parts;
}

function heading(text: string): void {
  say(`\n── ${text}`);
}

async function timed(name: string, work: () => Promise<Counts>): Promise<PartResult> {
  const startedAt = performance.now();
  const counts = await work();
  return { name, ...counts, seconds: (performance.now() - startedAt) / 1_000 };
}

/** Something that works or does not, counted as one. */
async function once(work: () => Promise<unknown>): Promise<Counts> {
  return work().then(
    () => ({ passed: 1, failed: 0, skipped: 0 }),
    (error: Error) => broken(error),
  );
}

function broken(error: Error, signal?: AbortSignal): Counts {
  signal?.throwIfAborted();
  say(error.message);
  return { passed: 0, failed: 1, skipped: 0 };
}

async function runVitest(projects: readonly string[], signal: AbortSignal): Promise<VitestReport> {
  const directory = await mkdtemp(join(tmpdir(), 'likeness-vitest-'));
  try {
    const file = join(directory, 'report.json');
    const { code } = await runNode(
      {
        args: [
          join(ROOT, 'node_modules/vitest/vitest.mjs'),
          'run',
          '--allowOnly=false',
          ...(process.stdout.isTTY ? [] : ['--no-color']),
          '--reporter=default',
          '--reporter=json',
          `--outputFile.json=${file}`,
          ...projects.map((project) => `--project=${project}`),
        ],
        env: withColourOfConsole(),
      },
      { signal, onLine: say },
    );
    const nothing: VitestReport = { success: false, testResults: [] };
    const report = await readFile(file, 'utf8').then(
      (json): VitestReport => JSON.parse(json),
      () => nothing,
    );
    const blamed = report.testResults.some(({ status }) => status === 'failed');
    if (code !== 0 && !blamed) {
      // An error outside of every test: an unhandled rejection, a global set-up that broke.
      report.testResults.push({
        name: 'the run itself',
        status: 'failed',
        startTime: 0,
        endTime: 0,
        assertionResults: [],
      });
    }
    return report;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function part(report: VitestReport, name: string, belongs: (file: string) => boolean): PartResult {
  return { name, ...countVitest(report, belongs) };
}
