import type { Context } from '../context.ts';
import { db, inTransaction } from '../db.ts';
import { enqueue, openQueue } from '../jobs/queue.ts';
import { studioPictures } from './gallery-item.ts';

/** The bell that was rung for a picture gets this long. */
const patienceMs = 2 * 60_000;
/** A sweep. What is done leaves the list, so the rest has its turn next time. */
const atOnce = 50;

/** Rings again for pictures that nobody makes. Safe to repeat and to run twice at once. */
export async function sweepPictures(ctx: Context): Promise<{ rung: number }> {
  const waiting = await db().characterImage.findMany({
    where: {
      userId: { not: null },
      state: 'uploading',
      ...studioPictures,
      createdAt: { lt: new Date(ctx.now.getTime() - patienceMs) },
    },
    orderBy: { createdAt: 'asc' },
    take: atOnce,
    select: { id: true },
  });
  if (waiting.length === 0) return { rung: 0 };
  await openQueue();
  await inTransaction(async (tx) => {
    for (const { id } of waiting) await enqueue(tx, 'studio.generate-image', { imageId: id });
  });
  return { rung: waiting.length };
}
