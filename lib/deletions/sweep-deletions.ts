import type { Context } from '../context.ts';
import { db } from '../db.ts';
import { log } from '../log.ts';
import { advanceDeletion } from './advance-deletion.ts';

/** A sweep; the rest has its turn next time. */
const atOnce = 50;

/** Finds every deletion that is due by itself, whatever became of its bell; returns how many. */
export async function sweepDeletions(ctx: Context): Promise<number> {
  const due = await db().deletion.findMany({
    where: { nextCheckAt: { lte: ctx.now } },
    orderBy: { nextCheckAt: 'asc' },
    take: atOnce,
    select: { id: true },
  });
  for (const { id: deletionId } of due) {
    await advanceDeletion(ctx, { deletionId }).catch((error: unknown) =>
      log().error({ deletionId, error }, 'a deletion could not be taken on'),
    );
  }
  return due.length;
}
