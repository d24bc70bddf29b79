import { db } from '../db.ts';
import { sandboxGrantPrefix } from './rules/sandbox-credits.ts';

/**
 * Throws when the database holds credits that nobody paid for. Asked wherever a real GPU is plugged
 * in: they must never pay for one, nor the demo account be left behind.
 */
export async function refuseSandboxCredits(): Promise<void> {
  const found = await db().creditLine.findFirst({
    where: { idempotencyKey: { startsWith: sandboxGrantPrefix } },
    select: { id: true },
  });
  if (!found) return;
  throw new Error(
    'GPU_PROVIDER: expected sandbox, because this database holds sandbox credits. Give a real GPU a database of its own (DATABASE_URL or LIKENESS_DATA_DIR).',
  );
}
