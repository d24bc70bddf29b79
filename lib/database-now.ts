import { db } from './db.ts';

/**
 * The instant by the database's clock. Several machines share it, so what they must agree on
 * (claims, leases, due times) goes by it and never by their own.
 */
export async function databaseNow(): Promise<Date> {
  const [{ now }] = await db().$queryRaw<[{ now: Date }]>`SELECT clock_timestamp() AS now`;
  return now;
}
