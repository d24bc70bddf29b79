import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import { claimInTurn } from './exclusive.ts';
import { fingerprint } from './fingerprint.ts';
import { ROOT } from './root.ts';
import { runNode } from './run-node.ts';
import { StartError } from './start-error.ts';

const STAMP = join(ROOT, '.next/likeness-sources');
const LOCK = join(ROOT, 'node_modules/.cache/likeness-build.lock');

/** What the built application is made from. A missing file counts, so that adding it is noticed. */
export const BUILD_SOURCES = [
  'app',
  'components',
  'lib',
  'public',
  'prisma/schema.prisma',
  'next.config.mjs',
  'postcss.config.mjs',
  'tailwind.config.ts',
  'tsconfig.json',
  'proxy.ts',
  'instrumentation.ts',
  'package.json',
  'package-lock.json',
  'scripts/build.ts',
] as const;

/** Sources the application never imports: tests and what stands in for the outside world. */
export function isLeftOutOfBuild(path: string): boolean {
  return /\.test\.tsx?$/.test(path) || /^lib\/(testing|sandbox)(\/|$)/.test(path);
}

/**
 * Builds the web application unless the build that is there was made from the same sources.
 * Returns true when it built. Two processes never build one checkout at once; the second waits and
 * finds the work done. Throws `StartError` with the compiler's words when it does not build.
 */
export async function buildIfStale(
  report: (line: string) => void,
  signal?: AbortSignal,
): Promise<boolean> {
  const turn = await claimInTurn(
    LOCK,
    (pid) => report(`waiting for process ${pid}, which builds`),
    signal,
  );
  try {
    const wanted = await fingerprint(ROOT, BUILD_SOURCES, isLeftOutOfBuild);
    const present =
      existsSync(join(ROOT, '.next/BUILD_ID')) && existsSync(STAMP)
        ? await readFile(STAMP, 'utf8')
        : null;
    if (present === wanted) return false;
    report('building the application');
    await rm(join(ROOT, '.next/BUILD_ID'), { force: true });
    await runNextBuild(signal);
    await hintCompilation(join(ROOT, '.next'));
    await compressFiles(join(ROOT, '.next/static'));
    await writeFile(STAMP, wanted);
    return true;
  } finally {
    await turn.release();
  }
}

async function runNextBuild(signal?: AbortSignal): Promise<void> {
  const { code, output } = await runNode(
    {
      args: [join(ROOT, 'node_modules/next/dist/bin/next'), 'build'],
      env: { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
    },
    { signal },
  );
  const complete = existsSync(join(ROOT, '.next/BUILD_ID'));
  if (code !== 0 || !complete) throw new StartError(`The application does not build:\n${output}`);
}

const compileHint = '//# allFunctionsCalledOnLoad\n';

/**
 * Asks the browser to compile what every page starts with while it arrives, beside the page. Left to
 * itself it compiles most of it once more as it is called, which is half of a load's longest task.
 * A browser that does not know the comment passes it over.
 */
export async function hintCompilation(built: string): Promise<void> {
  const manifest = await readFile(join(built, 'build-manifest.json'), 'utf8');
  const { rootMainFiles } = JSON.parse(manifest) as { rootMainFiles: string[] };
  for (const file of rootMainFiles) {
    const script = await readFile(join(built, file), 'utf8');
    if (!script.startsWith(compileHint)) await writeFile(join(built, file), compileHint + script);
  }
}

const toBrotli = promisify(brotliCompress);
const toGzip = promisify(gzip);

/** Puts each script and style sheet below `directory` beside itself as Brotli and gzip, for `web-server.ts`. */
export async function compressFiles(directory: string): Promise<void> {
  const names = await readdir(directory, { recursive: true });
  // All at once: they wait for one of Node's few threads, and are small.
  await Promise.all(
    names
      .filter((name) => /\.(js|css)$/.test(name))
      .map(async (name) => {
        const path = join(directory, name);
        const bytes = await readFile(path);
        await writeFile(`${path}.br`, await toBrotli(bytes));
        await writeFile(`${path}.gz`, await toGzip(bytes, { level: 9 }));
      }),
  );
}
