import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hintCompilation } from './build.ts';

let built: string;

beforeAll(async () => {
  built = await mkdtemp(join(tmpdir(), 'likeness-build-'));
});

afterAll(() => rm(built, { recursive: true }));

it('asks for what every page starts with to be compiled at once, and for nothing else', async () => {
  const files = {
    'build-manifest.json': '{"rootMainFiles":["a.js"]}',
    'a.js': 'a()',
    'b.js': 'b()',
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(built, name), text);
  await hintCompilation(built);
  await hintCompilation(built);
  expect(await readFile(join(built, 'a.js'), 'utf8')).toBe('//# allFunctionsCalledOnLoad\na()');
  expect(await readFile(join(built, 'b.js'), 'utf8')).toBe('b()');
});
