import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { databaseUrl, execute, withUser } from './postgres.ts';

/**
 * A new database with every migration applied and the job queue installed, cloned from the run's
 * template in milliseconds. Returns its connection string as the application's role, which is all that
 * tests have as well. Test files of the `db` project have one of their own in `DATABASE_URL` already;
 * ask for another where a test must see nobody else's rows.
 */
export async function freshDatabase(): Promise<string> {
  const adminUrl = inject('postgresAdminUrl');
  const template = inject('postgresTemplate');
  const name = `${template}_${randomBytes(6).toString('hex')}`;
  await execute(adminUrl, `CREATE DATABASE ${name} TEMPLATE ${template}`);
  return withUser(databaseUrl(adminUrl, name), inject('postgresAppUser'));
}

/** The connection string of the owner of a test database: for what the application itself may not. */
export function ownerUrl(url: string | undefined = process.env.DATABASE_URL): string {
  const { pathname } = new URL(url ?? '');
  return databaseUrl(inject('postgresAdminUrl'), pathname.slice(1));
}

/** Runs statements, in one transaction, as the owner of this file's database. */
export async function asOwner(statements: string): Promise<void> {
  await execute(ownerUrl(), statements);
}

/** Changes this file's database with every rule asleep, as only a damaged disk or an intruder could. */
export async function damage(statements: string): Promise<void> {
  await asOwner(`SET session_replication_role = replica; ${statements}`);
}
