import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compressFiles, hintCompilation } from './build.ts';

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

it('lays scripts and style sheets beside themselves, compressed, and leaves pictures alone', async () => {
  const directory = join(built, 'static');
  await mkdir(join(directory, 'chunks'), { recursive: true });
  const script = 'a();'.repeat(500);
  for (const name of ['chunks/a.js', 'chunks/a.css', 'picture.png']) {
    await writeFile(join(directory, name), script);
  }
  await compressFiles(directory);
  expect((await readdir(join(directory, 'chunks'))).sort()).toEqual([
    'a.css',
    'a.css.br',
    'a.css.gz',
    'a.js',
    'a.js.br',
    'a.js.gz',
  ]);
  expect(await readdir(directory)).toEqual(['chunks', 'picture.png']);
  const packed = (ending: string) => readFile(join(directory, `chunks/a.js.${ending}`));
  expect(String(brotliDecompressSync(await packed('br')))).toBe(script);
  expect(String(gunzipSync(await packed('gz')))).toBe(script);
});
