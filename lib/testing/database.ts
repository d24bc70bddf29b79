import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { databaseUrl, execute } from './postgres.ts';

/**
 * A new database with every migration applied and the job queue installed, cloned from the run's
 * template in milliseconds. Returns its connection string. Test files of the `db` project have one of
 * their own in `DATABASE_URL` already; ask for another where a test must see nobody else's rows.
 */
export async function freshDatabase(): Promise<string> {
  const adminUrl = inject('postgresAdminUrl');
  const template = inject('postgresTemplate');
  const name = `${template}_${randomBytes(6).toString('hex')}`;
  await execute(adminUrl, `CREATE DATABASE ${name} TEMPLATE ${template}`);
  return databaseUrl(adminUrl, name);
}
