import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './root.ts';
import { sourceFiles } from './source-files.ts';

/** Files of lib that may look at `process.env`: its one reader, tests, and programs of their own. */
const ALLOWED = /^lib\/(env\.ts$|testing\/|sandbox\/[^/]+\/main\.ts$)|\.test\.tsx?$/;

/** Lines of lib, app and components that read the environment past `lib/env.ts`. */
export async function findSettingsReaders(): Promise<string[]> {
  const files = (await Promise.all(['app', 'components', 'lib'].map((room) => sourceFiles(room))))
    .flat()
    .filter((file) => /\.tsx?$/.test(file) && !ALLOWED.test(file));
  const found = await Promise.all(
    files.map(async (file) => {
      const lines = (await readFile(join(ROOT, file), 'utf8')).split('\n');
      return lines.flatMap((line, index) =>
        /\bprocess\.env\b/.test(line)
          ? [`${file}:${index + 1}: add the variable to lib/env.ts and read it by env().`]
          : [],
      );
    }),
  );
  return found.flat();
}
