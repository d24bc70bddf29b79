import type { Context } from '../context.ts';
import { db } from '../db.ts';

/** A key is remembered for a day. */
const keptMs = 24 * 3_600_000;

/** Forgets keys that are over; returns how many. */
export async function sweepIdempotencyKeys(ctx: Context): Promise<number> {
  const { count } = await db().idempotencyKey.deleteMany({
    where: { createdAt: { lte: new Date(ctx.now.getTime() - keptMs) } },
  });
  return count;
}
