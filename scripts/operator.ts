import { join, resolve } from 'node:path';
import { readEnv } from '../lib/env.ts';
import { pauseTrainingsSchema } from '../lib/lora/rules/schemas.ts';
import { readSecrets } from './data-directory.ts';
import { ROOT } from './root.ts';
import { loadSettings } from './run-stack.ts';
import { embeddedParts, withEmbedded } from './stack-settings.ts';

/**
 * For whoever runs the application; with the embedded database it must be running.
 * `npm run operator -- --refused` lists who was not let in during the last 30 days, and how often.
 * `npm run operator -- name@example.org [--revoke]` lets that account see the operators' page, or no
 * longer. `… -- name@example.org --pause "why"` stops new trainings and submissions, `--resume` lets
 * them go on; the name goes into the record.
 */
const [email, flag, reason] = process.argv.slice(2);
const why = pauseTrainingsSchema.safeParse({ reason });
const listsRefused = email === '--refused' && flag === undefined;
const isKnown =
  listsRefused ||
  [undefined, '--revoke', '--resume'].includes(flag) ||
  (flag === '--pause' && why.success);
if (!email || !isKnown) {
  console.error(
    'Usage: npm run operator -- name@example.org [--revoke | --pause "why" | --resume]\n   or: npm run operator -- --refused',
  );
  process.exit(1);
}

loadSettings();
const wanted = readEnv(process.env);
const secrets = await readSecrets(join(resolve(ROOT, wanted.LIKENESS_DATA_DIR), 'secrets.json'));
process.env.DATABASE_URL = withEmbedded(wanted, embeddedParts(wanted), secrets).DATABASE_URL;

// Only now: the client reads the address when it is made.
const { db, inTransaction } = await import('../lib/db.ts');
const { recordAct } = await import('../lib/acts/record-act.ts');
if (listsRefused) {
  const { listRefused } = await import('../lib/acts/list-refused.ts');
  const lines = await listRefused(30);
  await db().$disconnect();
  for (const { lastAt, times, kind, about, who } of lines) {
    const when = `${lastAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
    console.log([when, `${times}x`.padStart(6), kind.padEnd(16), about.padEnd(24), who].join('  '));
  }
  if (lines.length === 0) console.log('Nobody was refused anything in the last 30 days.');
  process.exit(0);
}
if (flag === '--pause' || flag === '--resume') {
  const { systemContext } = await import('../lib/context.ts');
  const { databaseNow } = await import('../lib/database-now.ts');
  const { pauseTrainings, resumeTrainings } = await import('../lib/lora/pause-trainings.ts');
  const ctx = systemContext('operator', await databaseNow());
  await (why.success && flag === '--pause'
    ? pauseTrainings(ctx, { by: email, ...why.data })
    : resumeTrainings(ctx, { by: email }));
  await db().$disconnect();
  console.log(flag === '--pause' ? 'New trainings are paused.' : 'Trainings go on.');
  process.exit(0);
}
const role = flag ? 'creator' : 'operator';
const changed = await inTransaction(async (tx) => {
  const where = { email: email.toLowerCase() };
  const [user] = await tx.user.updateManyAndReturn({ where, data: { role } });
  if (!user) return false;
  const kind = role === 'operator' ? 'role.given' : 'role.taken';
  await recordAct(tx, { kind, by: 'operator', userId: user.id });
  return true;
});
await db().$disconnect();
if (!changed) {
  console.error(`There is no account ${email}.`);
  process.exit(1);
}
console.log(`${email} is now ${role === 'operator' ? 'an operator' : 'a creator'}.`);
