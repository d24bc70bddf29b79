import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isLeftOutOfBuild } from './build.ts';
import { fingerprint } from './fingerprint.ts';

let root = '';
const paths = ['app', 'lib', 'package.json', 'absent.ts'];
const take = () => fingerprint(root, paths, isLeftOutOfBuild);

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'likeness-fingerprint-'));
  await mkdir(join(root, 'app/deep'), { recursive: true });
  await mkdir(join(root, 'lib/sandbox'), { recursive: true });
  await writeFile(join(root, 'app/deep/page.tsx'), 'one');
  await writeFile(join(root, 'package.json'), '{}');
});
afterEach(() => rm(root, { recursive: true }));

test('stays while nothing changes', async () => {
  const before = await take();
  await writeFile(join(root, 'app/deep/page.tsx'), 'one');
  expect(await take()).toBe(before);
});

test.each([
  ['a changed file', () => writeFile(join(root, 'app/deep/page.tsx'), 'two')],
  ['a new file', () => writeFile(join(root, 'lib/new.ts'), '')],
  ['a removed file', () => rm(join(root, 'app/deep/page.tsx'))],
  ['a file that was absent', () => writeFile(join(root, 'absent.ts'), '')],
  [
    'content moved to the next file',
    async () => {
      await writeFile(join(root, 'app/deep/page.tsx'), '');
      await writeFile(join(root, 'app/deep/q'), 'one');
    },
  ],
])('changes with %s', async (_what, change) => {
  const before = await take();
  await change();
  expect(await take()).not.toBe(before);
});

test.each(['lib/sandbox/server.ts', 'lib/price.test.ts', 'app/deep/page.test.tsx'])(
  'does not change with %s, which the application never imports',
  async (path) => {
    const before = await take();
    await writeFile(join(root, path), 'anything');
    expect(await take()).toBe(before);
  },
);
