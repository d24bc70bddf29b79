// The way into every command: `node scripts/bootstrap.mjs <command>`. Plain JavaScript without
// dependencies, because it runs before anything is installed and on the machine's own Node.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { missingPackages } from './lockfile.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const local = join(root, 'node_modules/.bin');
const [command = '', ...rest] = process.argv.slice(2);

requireNode(20, 19);
if (!/^[a-z0-9-]+$/.test(command) || !existsSync(join(root, `scripts/${command}.ts`))) {
  fail(`There is no command "${command}".`);
}
installWhatIsMissing();
run(findNode());

/** @param {number} major @param {number} minor */
function requireNode(major, minor) {
  if (isNode(major, minor)) return;
  fail(`Likeness needs Node ${major}.${minor} or later; this is ${process.versions.node}.`);
}

/** Whether this is Node `major.minor` or later. @param {number} major @param {number} minor */
function isNode(major, minor) {
  const [ownMajor = 0, ownMinor = 0] = process.versions.node.split('.').map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}

function installWhatIsMissing() {
  const wanted = readJson('package-lock.json');
  const missing = missingPackages(wanted, readJson('node_modules/.package-lock.json'));
  if (missing.length === 0) return;
  console.log(`Installing dependencies (${missing.length} packages are missing or out of date) …`);
  // A NODE_ENV of production must not leave out what builds and checks the application.
  const { status, signal, error } = npm(['ci', '--include=dev', '--include=optional']);
  if (signal) process.kill(process.pid, signal);
  if (status !== 0) {
    fail(`The dependencies could not be installed${error ? `: ${error.message}` : ''}.`);
  }
}

/** Node 22, which runs TypeScript as it is: the one among the dependencies, else this one when it is new enough. */
function findNode() {
  const installed = join(root, 'node_modules/node/bin/node');
  const works = () =>
    spawnSync(installed, ['--version'], { encoding: 'utf8' }).stdout?.startsWith('v');
  if (works()) return installed;
  if (isNode(22, 18)) return process.execPath;
  // Its install script fetches the program for this machine; npm may be set not to run scripts.
  npm(['rebuild', 'node', '--ignore-scripts=false']);
  if (works()) return installed;
  return fail('Node 22 could not be installed beside the project. Install Node 22 and try again.');
}

/** @param {string} node */
function run(node) {
  const script = join(root, `scripts/${command}.ts`);
  const child = spawn(node, [script, ...rest], {
    cwd: root,
    // The channel tells the child when this process is gone.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: {
      ...process.env,
      PATH: `${local}${delimiter}${process.env.PATH ?? ''}`,
      // What one process has compiled, the next one reads: a worker is back a quarter sooner.
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(root, 'node_modules/.cache/node'),
    },
  });
  // The terminal sends Ctrl-C to the child as well; children take a repeated signal as one.
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => child.kill(signal));
  }
  if (process.env.npm_lifecycle_event) endWithNpm(child);
  child.on('error', (error) => fail(error.message));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

/**
 * A killed npm, or the shell between npm and us, cannot pass its signal on: being handed to another
 * parent is the sign.
 *
 * @param {import('node:child_process').ChildProcess} child
 */
function endWithNpm(child) {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    child.kill('SIGTERM');
  }, 500);
  watch.unref();
}

/** @param {string[]} args */
function npm(args) {
  const script = process.env.npm_execpath ?? '';
  const options = { cwd: root, stdio: /** @type {const} */ ('inherit') };
  return /npm-cli\.c?js$/.test(script)
    ? spawnSync(process.execPath, [script, ...args], options)
    : spawnSync('npm', args, { ...options, shell: process.platform === 'win32' });
}

/** @param {string} path @returns {unknown} */
function readJson(path) {
  try {
    return JSON.parse(readFileSync(join(root, path), 'utf8'));
  } catch {
    return null;
  }
}

/** @param {string} message @returns {never} */
function fail(message) {
  console.error(message);
  process.exit(1);
}
