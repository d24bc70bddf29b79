import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from '@playwright/test';
import { ROOT } from './root.ts';
import { runNode } from './run-node.ts';
import { StartError } from './start-error.ts';

const DOWNLOAD_LIMIT_MS = 120_000;
// The one without windows first: it draws no frames that nobody sees, at two thirds of the work.
const NAMES = [
  'chromium-headless-shell',
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
];
const MAC_APPLICATIONS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/**
 * The program of a Chromium that runs here: Playwright's own, else one of the system, else one
 * downloaded by Playwright, else one of Debian's packages when we are root. Throws `StartError` that says
 * what to do when there is none.
 */
export async function findBrowser(report: (line: string) => void): Promise<string> {
  const present = runnable(chromium.executablePath()) ?? systemBrowser();
  if (present) return present;

  report('no Chromium found: downloading the one that belongs to Playwright');
  const cli = join(ROOT, 'node_modules/@playwright/test/cli.js');
  await runNode(
    {
      args: [cli, 'install', ...(isRoot() ? ['--with-deps'] : []), 'chromium'],
      env: { ...process.env, PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: '15000' },
    },
    { signal: AbortSignal.timeout(DOWNLOAD_LIMIT_MS) },
  ).catch(() => {});
  const downloaded = runnable(chromium.executablePath());
  if (downloaded) return downloaded;

  if (isRoot() && inPath('apt-get')) {
    await apt('update');
    for (const name of ['chromium-headless-shell', 'chromium']) {
      report(`the download failed: installing the package ${name}`);
      await apt('install', '--yes', '--no-install-recommends', name);
      const installed = systemBrowser();
      if (installed) return installed;
    }
  }
  throw new StartError(
    'The browser stories need Chromium: install Chromium or Google Chrome, or run ' +
      '"npx playwright install --with-deps chromium", and try again.',
  );
}

function systemBrowser(): string | null {
  for (const path of [...NAMES.map(inPath), ...MAC_APPLICATIONS]) {
    const found = path && runnable(path);
    if (found) return found;
  }
  return null;
}

/** A program by that name may be there and yet only say how to install the real one. */
function runnable(program: string): string | null {
  if (!existsSync(program)) return null;
  const run = spawnSync(program, ['--version'], { encoding: 'utf8', timeout: 20_000 });
  return run.status === 0 && /chrom/i.test(run.stdout) ? program : null;
}

function inPath(name: string): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null;
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

async function apt(...args: string[]): Promise<void> {
  const run = spawn('apt-get', args, {
    stdio: 'ignore',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  await once(run, 'close').catch(() => {});
}
