import { db } from '../db.ts';

/**
 * Removes what is older than two years, by a function of the database's owner: the application has no
 * right to delete an act. Returns how many.
 */
export async function sweepActs(): Promise<number> {
  const [row] = await db().$queryRaw<{ removed: number }[]>`SELECT remove_old_acts() AS removed`;
  return row?.removed ?? 0;
}
