import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fingerprint } from './fingerprint.ts';
import { ROOT } from './root.ts';
import { runNode } from './run-node.ts';
import { StartError } from './start-error.ts';

const CLIENT_DIRECTORY = join(ROOT, 'prisma/client');
const STAMP = join(CLIENT_DIRECTORY, '.fingerprint');

/**
 * Makes `prisma/client` from `prisma/schema.prisma` unless the one there was made from the same
 * schema by the same Prisma. Returns true when it made a new one. Throws with Prisma's own words
 * when the schema is wrong.
 */
export async function generate(signal?: AbortSignal): Promise<boolean> {
  const wanted = await fingerprint(ROOT, [
    'prisma/schema.prisma',
    'node_modules/prisma/package.json',
  ]);
  if (existsSync(STAMP) && (await readFile(STAMP, 'utf8')) === wanted) return false;

  const { code, output } = await runNode(
    {
      args: [join(ROOT, 'node_modules/prisma/build/index.js'), 'generate', '--no-hints'],
      env: {
        ...process.env,
        // `generate` never runs the schema engine but insists on having one, and would download it.
        // Any program that exists satisfies it.
        PRISMA_SCHEMA_ENGINE_BINARY: process.env.PRISMA_SCHEMA_ENGINE_BINARY ?? process.execPath,
        CHECKPOINT_DISABLE: '1',
        PRISMA_HIDE_UPDATE_MESSAGE: '1',
      },
    },
    { signal },
  );
  if (code !== 0) throw new StartError(`The database client cannot be generated:\n${output}`);
  await writeFile(STAMP, wanted);
  return true;
}

if (import.meta.main) {
  console.log((await generate()) ? 'Prisma client generated.' : 'Prisma client is up to date.');
}
