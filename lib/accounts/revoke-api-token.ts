import { recordAct } from '../acts/record-act.ts';
import type { CreatorContext } from '../context.ts';
import { inTransaction } from '../db.ts';
import { demand } from '../errors.ts';

/**
 * Ends a token at once and for good; a repeat keeps the first moment. Refuses NOT_FOUND, also for
 * somebody else's.
 */
export async function revokeApiToken(
  ctx: CreatorContext,
  { apiTokenId }: { apiTokenId: string },
): Promise<void> {
  const { userId } = ctx.actor;
  const mine = { id: apiTokenId, userId };
  await inTransaction(async (tx) => {
    const { count } = await tx.apiToken.updateMany({
      where: { ...mine, revokedAt: null },
      data: { revokedAt: ctx.now },
    });
    if (count === 1) {
      const by = ctx.actor;
      await recordAct(tx, {
        kind: 'token.revoked',
        by,
        userId,
        subjectId: apiTokenId,
        at: ctx.now,
      });
    } else demand((await tx.apiToken.count({ where: mine })) === 1, 'NOT_FOUND');
  });
}
