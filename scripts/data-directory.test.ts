import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDataDirectory } from './data-directory.ts';

let parent = '';
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'likeness-data-'));
});
afterEach(() => rm(parent, { recursive: true }));

test('secrets are made once, readable by us alone, and kept', async () => {
  const first = await openDataDirectory(join(parent, 'data'));
  expect(first.secrets.authSecret.length).toBeGreaterThanOrEqual(32);
  const { mode } = await stat(join(parent, 'data/secrets.json'));
  expect(mode & 0o777).toBe(0o600);
  await first.release();

  const second = await openDataDirectory(join(parent, 'data'));
  expect(second.secrets).toEqual(first.secrets);
  expect(second.takenOver).toBe(false);
});

test('a secret that a later version adds joins those that are there', async () => {
  await writeFile(join(parent, 'secrets.json'), JSON.stringify({ authSecret: 'kept' }));
  const { secrets } = await openDataDirectory(parent);
  expect(secrets.authSecret).toBe('kept');
  expect(JSON.parse(await readFile(join(parent, 'secrets.json'), 'utf8'))).toEqual(secrets);
});

test('a folder in use is refused in a sentence', async () => {
  await openDataDirectory(parent);
  await expect(openDataDirectory(parent)).rejects.toThrow(
    `Likeness already runs on ${parent} (process ${process.pid}).`,
  );
});

test('a folder that cannot be made is refused by its variable', async () => {
  await writeFile(join(parent, 'file'), '');
  await expect(openDataDirectory(join(parent, 'file/data'))).rejects.toThrow('LIKENESS_DATA_DIR');
});

test('damaged secrets are named, and the folder is free again', async () => {
  await writeFile(join(parent, 'secrets.json'), '{"authSecret":');
  for (let attempt = 0; attempt < 2; attempt += 1) {
    await expect(openDataDirectory(parent)).rejects.toThrow('secrets.json is damaged');
  }
});
