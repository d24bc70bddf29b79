import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

/**
 * One hash of the contents of files and of all files below folders, with their names. `paths` are
 * relative to `root`; a path that does not exist counts as such, so that adding it changes the hash.
 * `ignore` receives each path relative to `root` (with `/`) and leaves out a file or a whole folder.
 */
export async function fingerprint(
  root: string,
  paths: readonly string[],
  ignore: (path: string) => boolean = () => false,
): Promise<string> {
  const hash = createHash('sha256');
  for (const path of [...paths].sort()) {
    for (const file of await filesBelow(root, join(root, path), ignore)) {
      const content = await readFile(join(root, file)).catch(() => null);
      hash.update(`${file}\0${content === null ? 'absent' : content.length}\0`);
      if (content !== null) hash.update(content);
    }
  }
  return hash.digest('hex');
}

async function filesBelow(
  root: string,
  path: string,
  ignore: (path: string) => boolean,
): Promise<string[]> {
  const name = relative(root, path).split(sep).join('/');
  if (ignore(name)) return [];
  const kind = await stat(path).catch(() => null);
  if (!kind?.isDirectory()) return [name];
  const entries = (await readdir(path)).sort();
  return (
    await Promise.all(entries.map((entry) => filesBelow(root, join(path, entry), ignore)))
  ).flat();
}
