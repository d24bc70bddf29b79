import type { Context } from '../context.ts';
import { inTransaction } from '../db.ts';
import { env } from '../env.ts';
import { enqueue, openQueue } from '../jobs/queue.ts';
import { log } from '../log.ts';
import { readStripeEvent } from '../payments/stripe-events.ts';

export interface PaymentCallback {
  /** The bytes as they came; nothing is parsed before the signature holds. */
  rawBody: string;
  signature: string;
}

/**
 * Takes an event from Stripe: verifies the raw body and rings the bell of the purchase it names.
 * `refused` is a bad signature; everything else is `accepted`, events about nothing of ours among
 * them, so that nobody sends them again.
 *
 * It grants nothing itself: the bell makes us ask Stripe, so forged, doubled, stale and reordered
 * events cost a look only. Money that went back (a refund, a dispute) is told to the operator: the
 * credits may be spent already, and a person decides.
 */
export async function receivePaymentEvent(
  ctx: Context,
  { rawBody, signature }: PaymentCallback,
): Promise<'accepted' | 'refused' | 'closed'> {
  const { STRIPE_SECRET_KEY: key, STRIPE_WEBHOOK_SECRET: secret } = env();
  if (!key || !secret) return 'closed';
  const event = readStripeEvent(secret, rawBody, signature);
  if (!event) {
    log().warn('a payment event with a bad signature was refused');
    return 'refused';
  }
  const { deliveryId, type, about } = event;
  if (about.kind === 'money-back') {
    const { purchaseId, externalId } = about;
    log().error({ deliveryId, type, purchaseId, externalId }, 'money for credits went back');
  }
  if (about.kind !== 'checkout') return 'accepted';

  await openQueue();
  await inTransaction(async (tx) => {
    const { purchaseId, externalId } = about;
    const known = await tx.purchase.findUnique({
      where: { id: purchaseId },
      select: { externalId: true, provider: true },
    });
    if (known?.provider !== 'stripe') {
      log().info({ deliveryId, type }, 'a payment event is about nothing of ours');
      return;
    }
    if (known.externalId !== null && known.externalId !== externalId) {
      log().error(
        { deliveryId, type, purchaseId, externalId, at: ctx.now },
        'a payment event names another checkout than its purchase has',
      );
      return;
    }
    // The event was faster than our own note of the checkout, or we crashed before making it.
    await tx.purchase.updateMany({
      where: { id: purchaseId, externalId: null },
      data: { externalId },
    });
    await enqueue(tx, 'credits.purchase.check', { purchaseId });
  });
  return 'accepted';
}
