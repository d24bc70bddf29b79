import { join } from 'node:path';
import { findDeadReferences } from './dead-references.ts';
import { findOpenCells } from './fault-matrix.ts';
import { generate } from './generate.ts';
import { findRottenGuards } from './guards.ts';
import { ROOT } from './root.ts';
import { runNode } from './run-node.ts';
import { findSettingsReaders } from './settings-readers.ts';

export interface CheckResult {
  name: string;
  passed: boolean;
  /** What is wrong and where; empty when it passed. */
  output: string;
  seconds: number;
}

interface Check {
  name: string;
  run(): Promise<{ passed: boolean; output: string }>;
}

const SOURCES = ['app', 'components', 'e2e', 'lib', 'prisma', 'scripts'];

const checks: readonly Check[] = [
  // The longest first: the others run beside it.
  {
    name: 'types',
    run: async () => {
      const routes = await tool('next/dist/bin/next', ['typegen']);
      // The native compiler, three times as fast; other tools need the interface of the one before.
      return routes.passed
        ? tool('typescript-7/bin/tsc', ['--noEmit', '--pretty', 'false'])
        : routes;
    },
  },
  {
    name: 'format and lint',
    run: () => tool('@biomejs/biome/bin/biome', ['check', '--error-on-warnings', '.']),
  },
  {
    name: 'architecture',
    run: async () => {
      const found = await tool('dependency-cruiser/bin/dependency-cruise.mjs', [
        '--config',
        '.dependency-cruiser.cjs',
        '--output-type',
        'err-long',
        ...SOURCES,
        'proxy.ts',
      ]);
      // Without a compiler that it knows it reads no TypeScript, and finds nothing wrong.
      return { ...found, passed: found.passed && /\([1-9]\d* modules/.test(found.output) };
    },
  },
  {
    name: 'unused code',
    // An exported type that nothing names yet still documents what a function takes.
    run: () =>
      tool('knip/bin/knip.js', ['--no-progress', '--no-config-hints', '--exclude', 'types']),
  },
  {
    name: 'settings',
    run: () => listed(findSettingsReaders()),
  },
  {
    name: 'documents',
    run: () => listed(findDeadReferences()),
  },
  {
    name: 'guards',
    run: () => listed(findRottenGuards()),
  },
  {
    name: 'fault matrix',
    run: () => listed(findOpenCells()),
  },
];

/**
 * Every static check: types, format and lint, the architecture's arrows, unused code, who reads the
 * environment, that documents name files and tests that exist, that every guard `npm run mutants`
 * takes away is still there, and that no cell of the fault tables is open. `onResult` is called as
 * each one ends.
 */
export async function verify(onResult: (result: CheckResult) => void): Promise<CheckResult[]> {
  await generate();
  const results: CheckResult[] = [];
  const queue = [...checks];
  const workThrough = async (): Promise<void> => {
    for (let check = queue.shift(); check; check = queue.shift()) {
      const startedAt = performance.now();
      const outcome = await check.run().catch((error: Error) => ({
        passed: false,
        output: error.message,
      }));
      const seconds = (performance.now() - startedAt) / 1_000;
      const result = { name: check.name, seconds, ...outcome };
      results.push(result);
      onResult(result);
    }
  };
  await Promise.all([workThrough(), workThrough()]);
  return results;
}

/** One line for a check that passed, and what it found for one that did not. */
export function resultText({ name, passed, output, seconds }: CheckResult): string {
  const line = `${passed ? '✓' : '✗'} ${name} (${seconds.toFixed(1)} s)`;
  return passed ? line : `${line}\n${output}\n`;
}

async function tool(script: string, args: string[]): Promise<{ passed: boolean; output: string }> {
  const { code, output } = await runNode({
    args: [join(ROOT, 'node_modules', script), ...args],
    env: { ...process.env, NO_COLOR: '1', NEXT_TELEMETRY_DISABLED: '1' },
  });
  return { passed: code === 0, output };
}

async function listed(problems: Promise<string[]>): Promise<{ passed: boolean; output: string }> {
  const found = await problems;
  return { passed: found.length === 0, output: found.map((line) => `  ${line}`).join('\n') };
}

if (import.meta.main) {
  const results = await verify((result) => console.log(resultText(result)));
  const failed = results.filter(({ passed }) => !passed).length;
  console.log(`\n${results.length - failed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}
