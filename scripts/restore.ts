import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readEnv } from '../lib/env.ts';
import { openDataDirectory } from './data-directory.ts';
import { databasePart } from './database-part.ts';
import { generate } from './generate.ts';
import { noteworthy, noteworthyOfPostgres } from './noteworthy.ts';
import { nodePart, openLog, type Part } from './part.ts';
import { ROOT } from './root.ts';
import { runNode } from './run-node.ts';
import { loadSettings } from './run-stack.ts';
import { childEnvironment, embeddedParts, withEmbedded } from './stack-settings.ts';

/**
 * `npm run restore -- <folder> [--deletions <manifest.json of a later backup>]`: fills an empty
 * installation from a backup. The application must be stopped; embedded parts are started for it and
 * stopped again.
 */
const [folder, flag, later] = process.argv.slice(2);
if (!folder || (flag !== undefined && (flag !== '--deletions' || !later))) {
  console.error('Usage: npm run restore -- <folder> [--deletions <manifest.json>]');
  process.exit(2);
}

loadSettings();
const wanted = readEnv(process.env);
const embedded = embeddedParts(wanted);
const parts: Part[] = [];
let code = 1;
const data = await openDataDirectory(resolve(ROOT, wanted.LIKENESS_DATA_DIR)).catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
try {
  const settings = withEmbedded(
    { ...wanted, LIKENESS_DATA_DIR: data.path },
    embedded,
    data.secrets,
  );
  const childEnv = childEnvironment(process.env, settings);
  await startEmbedded(settings, childEnv);
  await generate();
  // Migrations, the queue, the application's rights and the bucket, as at every start; no sample data.
  const args = [join(ROOT, 'scripts/prepare.ts')];
  const prepared = await runNode({
    args,
    env: { ...childEnv, DATABASE_OWNER_URL: settings.DATABASE_OWNER_URL },
  });
  if (prepared.code !== 0) throw new Error(prepared.output);

  for (const [name, value] of Object.entries(settings)) process.env[name] = String(value);
  // The parts are stopped under our own connections at the end; that is no news.
  process.env.LOG_LEVEL = 'fatal';
  const { systemContext } = await import('../lib/context.ts');
  const { databaseNow } = await import('../lib/database-now.ts');
  const { auditLedger } = await import('../lib/credits/audit-ledger.ts');
  const { restoreBackup } = await import('../lib/backup/restore-backup.ts');
  const { parseManifest } = await import('../lib/backup/manifest.ts');
  const deletions = later ? parseManifest(await readFile(later, 'utf8')).deletions : [];
  const ownerUrl = settings.DATABASE_OWNER_URL || settings.DATABASE_URL;
  const restored = await restoreBackup(
    systemContext('sweep', await databaseNow()),
    ownerUrl,
    resolve(folder),
    deletions,
  );
  console.log(`${restored.rows} rows and ${restored.objects} objects are back.`);
  if (restored.deletedAgain > 0) {
    console.log(`${restored.deletedAgain} influencers and accounts are deleted again.`);
  }
  if (restored.otherSecret) {
    console.log('AUTH_SECRET is another one: results of jobs that run now cannot be taken in.');
  }
  const findings = await auditLedger();
  for (const { problem, id, detail } of findings) console.log(`  ${problem}: ${id} (${detail})`);
  console.log(findings.length === 0 ? 'The books are right.' : 'The books are not right.');
  code = findings.length === 0 ? 0 : 1;
} catch (error) {
  console.error(`Nothing was restored: ${error instanceof Error ? error.message : error}`);
} finally {
  for (const part of parts.reverse()) await part.stop(5_000);
  await data.release();
}
process.exit(code);

async function startEmbedded(
  settings: ReturnType<typeof withEmbedded>,
  childEnv: NodeJS.ProcessEnv,
): Promise<void> {
  const logs = join(data.path, 'logs');
  const report = (line: string) => console.error(line);
  if (embedded.database) {
    const database = databasePart({
      directory: join(data.path, 'postgres'),
      port: settings.DATABASE_PORT,
      password: data.secrets.databasePassword,
      appPassword: data.secrets.databaseAppPassword,
      log: openLog(logs, 'database', report, noteworthyOfPostgres),
      onCrash: report,
    });
    parts.push(database);
    await database.start();
  }
  if (embedded.s3) {
    const s3 = nodePart({
      name: 'S3 store',
      args: [join(ROOT, 'lib/sandbox/s3/main.ts')],
      env: { ...childEnv, S3_DIRECTORY: join(data.path, 's3') },
      log: openLog(logs, 's3', report, noteworthy),
      ready: { url: settings.S3_ENDPOINT },
      readyLimitMs: 60_000,
      onCrash: report,
    });
    parts.push(s3);
    await s3.start();
  }
}
