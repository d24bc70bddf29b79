import { join, resolve } from 'node:path';
import { readEnv } from '../lib/env.ts';
import { readSecrets } from './data-directory.ts';
import { ROOT } from './root.ts';
import { loadSettings } from './run-stack.ts';
import { embeddedParts, withEmbedded } from './stack-settings.ts';

/**
 * `npm run backup [-- folder]`: writes database and bucket into a new folder, `backups/<time>` in the
 * data folder unless told. The application goes on; embedded parts must be running.
 */
loadSettings();
const wanted = readEnv(process.env);
const dataDirectory = resolve(ROOT, wanted.LIKENESS_DATA_DIR);
const secrets = await readSecrets(join(dataDirectory, 'secrets.json'));
const settings = withEmbedded(wanted, embeddedParts(wanted), secrets);
for (const [name, value] of Object.entries(settings)) process.env[name] = String(value);

// Only now: clients read their addresses when they are made.
const { systemContext } = await import('../lib/context.ts');
const { databaseNow } = await import('../lib/database-now.ts');
const { formatBytes, formatCount } = await import('../lib/format.ts');
const { writeBackup } = await import('../lib/backup/write-backup.ts');

const now = await databaseNow();
const name = now.toISOString().replaceAll(':', '-');
const folder = resolve(process.argv[2] ?? join(dataDirectory, 'backups', name));
const ownerUrl = settings.DATABASE_OWNER_URL || settings.DATABASE_URL;
try {
  const { rows, objects, bytes } = await writeBackup(systemContext('sweep', now), ownerUrl, folder);
  console.log(
    `${formatCount(rows, 'row')} and ${formatCount(objects, 'object')}, ${formatBytes(bytes)}, are in ${folder}.`,
  );
  console.log('It holds everything personal there is: keep it like the original.');
  process.exit(0);
} catch (error) {
  console.error(`No backup was made: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}
