import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startTestPostgres } from '../lib/testing/postgres.ts';
import { generate } from './generate.ts';
import { findRottenGuards, type Guard, guards } from './guards.ts';
import { untilStopped } from './interruption.ts';
import { ROOT } from './root.ts';
import { runNode } from './run-node.ts';
import type { VitestReport } from './test-report.ts';

/**
 * `npm run mutants`: takes every guard away in turn, in a copy of the checkout, and runs the tests that
 * must miss it. A guard that nothing misses fails the run: it is not tested. Words after it choose
 * guards whose names have them.
 */
async function main(signal: AbortSignal): Promise<number> {
  const asked = process.argv.slice(2);
  const chosen = guards.filter(({ name }) => asked.every((word) => name.includes(word)));
  const rotten = await findRottenGuards();
  if (rotten.length > 0) throw new Error(rotten.join('\n'));
  if (chosen.length === 0) throw new Error(`No guard has "${asked.join(' ')}" in its name.`);

  await generate(signal);
  const postgres = await startTestPostgres();
  const copy = await copyCheckout();
  const run = (tests: Guard['missedBy']) => runTests(copy, tests, postgres.adminUrl, signal);
  const rows: { name: string; result: string; seconds: number }[] = [];
  try {
    const sound = await run(chosen.flatMap(({ missedBy }) => missedBy));
    if (sound.failed > 0 || sound.passed === 0) {
      console.log(sound.output);
      throw new Error('The tests must pass before anything is taken away.');
    }
    for (const guard of chosen) {
      const startedAt = performance.now();
      const result = await withoutGuard(copy, guard, () => run(guard.missedBy));
      const seconds = (performance.now() - startedAt) / 1_000;
      rows.push({ name: guard.name, result: verdict(result), seconds });
      console.log(`${verdict(result).padEnd(9)} ${guard.name} (${seconds.toFixed(1)} s)`);
      if (verdict(result) === 'broken') console.log(result.output);
    }
  } finally {
    await rm(copy, { recursive: true, force: true });
    await postgres.stop();
  }
  const survivors = rows.filter(({ result }) => result !== 'missed');
  console.log(`\n${rows.length - survivors.length} of ${rows.length} guards are missed when gone.`);
  for (const { name, result } of survivors) console.log(`  ${result}: ${name}`);
  return survivors.length;
}

interface Outcome {
  passed: number;
  failed: number;
  output: string;
}

/** Only a test that ran and failed has missed the guard; a copy that does not even run proves nothing. */
function verdict({ passed, failed }: Outcome): 'missed' | 'not missed' | 'broken' {
  if (failed > 0) return 'missed';
  return passed > 0 ? 'not missed' : 'broken';
}

async function withoutGuard<T>(copy: string, guard: Guard, work: () => Promise<T>): Promise<T> {
  const path = join(copy, guard.file);
  const source = await readFile(path, 'utf8');
  await writeFile(
    path,
    source.replace(guard.text, () => guard.without),
  );
  try {
    return await work();
  } finally {
    await writeFile(path, source);
  }
}

/** What git knows or would take, beside the generated client; dependencies are shared. */
async function copyCheckout(): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'likeness-mutants-'));
  const listed = execFileSync(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', '-z'],
    { cwd: ROOT, encoding: 'utf8' },
  );
  for (const file of listed.split('\0').filter((name) => name !== '')) {
    await mkdir(dirname(join(copy, file)), { recursive: true });
    // A file may be deleted and not committed yet.
    await cp(join(ROOT, file), join(copy, file)).catch(() => undefined);
  }
  await cp(join(ROOT, 'prisma/client'), join(copy, 'prisma/client'), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'), 'junction');
  return copy;
}

async function runTests(
  copy: string,
  tests: Guard['missedBy'],
  adminUrl: string,
  signal: AbortSignal,
): Promise<Outcome> {
  const report = join(copy, 'mutant-report.json');
  await rm(report, { force: true });
  const { output } = await runNode(
    {
      args: [
        join(copy, 'node_modules/vitest/vitest.mjs'),
        'run',
        ...new Set(tests.map(({ file }) => file)),
        `--testNamePattern=${tests.map(({ title }) => patternOf(title)).join('|')}`,
        ...['rules', 'db', 'contract'].map((project) => `--project=${project}`),
        '--maxWorkers=1',
        '--passWithNoTests',
        '--reporter=dot',
        '--reporter=json',
        `--outputFile.json=${report}`,
      ],
      cwd: copy,
      env: { ...process.env, TEST_DATABASE_URL: adminUrl, NO_COLOR: '1' },
    },
    { signal },
  );
  const { testResults }: VitestReport = await readFile(report, 'utf8').then(
    (json) => JSON.parse(json),
    () => ({ success: false, testResults: [] }),
  );
  const statuses = testResults.flatMap(({ assertionResults }) =>
    assertionResults.map(({ status }) => status),
  );
  const count = (wanted: string) => statuses.filter((status) => status === wanted).length;
  return { passed: count('passed'), failed: count('failed'), output };
}

/** A title as vitest matches it; what a table fills in may be anything. */
function patternOf(title: string): string {
  return title
    .split(/%[sdifjo]/)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
}

process.exit((await untilStopped(main)) > 0 ? 1 : 0);
