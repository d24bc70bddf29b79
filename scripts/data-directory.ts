import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { claim } from './exclusive.ts';
import { StartError } from './start-error.ts';

/** What the embedded parts keep from each other's enemies; made once, kept with the data. */
export interface Secrets {
  authSecret: string;
  databasePassword: string;
  databaseAppPassword: string;
  s3AccessKeyId: string;
  s3SecretAccessKey: string;
  sandboxGpuToken: string;
}

export interface DataDirectory {
  path: string;
  secrets: Secrets;
  /** Whether an earlier owner was killed and may still be leaving. */
  takenOver: boolean;
  release(): Promise<void>;
}

/**
 * Opens a data folder for this process alone, making it when there is none. Throws `StartError` when
 * another running process has it or it cannot be written.
 */
export async function openDataDirectory(path: string): Promise<DataDirectory> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw new StartError(
      `The data folder ${path} cannot be made (${error instanceof Error ? error.message : error}). ` +
        'Set LIKENESS_DATA_DIR to a folder that can be written.',
    );
  }
  const lock = await claim(join(path, 'in-use'));
  if (!lock.held) {
    throw new StartError(
      `Likeness already runs on ${path} (process ${lock.byProcess}). ` +
        'Stop it first, or set LIKENESS_DATA_DIR and the ports to run a second copy.',
    );
  }
  try {
    const secrets = await readSecrets(join(path, 'secrets.json'));
    return { path, secrets, takenOver: lock.takenOver, release: lock.release };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** The secrets kept in the file at `path`; what is missing is made and kept. */
export async function readSecrets(path: string): Promise<Secrets> {
  const kept = parseSecrets(await readFile(path, 'utf8').catch(() => '{}'), path);
  const secrets: Secrets = {
    authSecret: kept.authSecret ?? token(),
    databasePassword: kept.databasePassword ?? token(),
    databaseAppPassword: kept.databaseAppPassword ?? token(),
    s3AccessKeyId: kept.s3AccessKeyId ?? `LIKENESS${randomBytes(6).toString('hex').toUpperCase()}`,
    s3SecretAccessKey: kept.s3SecretAccessKey ?? token(),
    sandboxGpuToken: kept.sandboxGpuToken ?? token(),
  };
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  return secrets;
}

function parseSecrets(text: string, path: string): Partial<Secrets> {
  try {
    return JSON.parse(text);
  } catch {
    throw new StartError(`${path} is damaged. Bring back the one that belongs to this data.`);
  }
}

function token(): string {
  return randomBytes(32).toString('base64url');
}
