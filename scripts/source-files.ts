import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { ROOT } from './root.ts';

const NOT_OURS = new Set([
  'node_modules',
  '.git',
  '.next',
  '.data',
  'test-results',
  'prisma/client',
]);

/** Every file of the checkout below `directory`, relative to the checkout, without what is generated. */
export async function sourceFiles(directory = ''): Promise<string[]> {
  const entries = await readdir(join(ROOT, directory), { withFileTypes: true }).catch(() => []);
  const found = await Promise.all(
    entries.map((entry) => {
      const path = relative(ROOT, join(ROOT, directory, entry.name))
        .split(sep)
        .join('/');
      if (NOT_OURS.has(path) || NOT_OURS.has(entry.name)) return [];
      return entry.isDirectory() ? sourceFiles(path) : [path];
    }),
  );
  return found.flat().sort();
}
