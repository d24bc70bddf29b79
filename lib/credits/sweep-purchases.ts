import type { Context } from '../context.ts';
import { db } from '../db.ts';
import { log } from '../log.ts';
import { configuredPaymentIds } from '../payments/configured-payments.ts';
import { checkPurchase } from './check-purchase.ts';
import { isDueForALook, unopenedLifeMs } from './rules/settlement.ts';

const atOnce = 4;

/**
 * Finds pending purchases that are due for a look, whatever became of their webhooks, and settles
 * what it finds; `lastSweepAt` is when this was last done, null after a start. Ends those whose
 * payment page was never opened: nobody was ever sent to it, and should money come all the same it is
 * honoured. Returns how many were looked at.
 */
export async function sweepPurchases(ctx: Context, lastSweepAt: Date | null): Promise<number> {
  await db().purchase.updateMany({
    where: {
      status: 'pending',
      externalId: null,
      createdAt: { lt: new Date(ctx.now.getTime() - unopenedLifeMs) },
    },
    data: { status: 'expired', settledAt: ctx.now },
  });
  const pending = await db().purchase.findMany({
    where: {
      status: 'pending',
      externalId: { not: null },
      provider: { in: configuredPaymentIds() },
    },
    orderBy: { createdAt: 'asc' },
    select: { id: true, createdAt: true },
  });
  const due = pending.filter(({ createdAt }) => isDueForALook(createdAt, ctx.now, lastSweepAt));
  const waiting = [...due];
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      try {
        await checkPurchase(ctx, { purchaseId: next.id });
      } catch (error) {
        log().error({ purchaseId: next.id, error }, 'a pending purchase could not be looked at');
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return due.length;
}
