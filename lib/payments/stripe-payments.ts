import Stripe from 'stripe';
import { type Checkout, PaymentError, type PaymentProvider } from './payment-provider.ts';

export interface StripeSettings {
  secretKey: string;
  /** Another address than Stripe's own; empty means Stripe's. */
  apiBase?: string;
  timeoutMs?: number;
  /** How often the client asks again by itself. */
  retries?: number;
}

/** The version whose answers this file was written for, whatever the account's default is. */
const apiVersion = '2026-10-28.endive';

/**
 * The adapter for Stripe Checkout: the creator pays on Stripe's own page, so no card number ever
 * reaches us. The purchase's id is the idempotency key: a repeat after a crash is the same session.
 * No tax, discount or other currency is left to Stripe, so the total is the agreed one.
 */
export function createStripePayments(settings: StripeSettings): PaymentProvider {
  const stripe = new Stripe(settings.secretKey, {
    apiVersion,
    timeout: settings.timeoutMs ?? 8_000,
    maxNetworkRetries: settings.retries ?? 1,
    telemetry: false,
    ...addressOf(settings.apiBase),
  });

  return {
    id: 'stripe',

    createCheckout(order) {
      const { purchaseId, title, amountCents, currency } = order;
      return worded('create a checkout', async () =>
        toCheckout(
          await stripe.checkout.sessions.create(
            {
              mode: 'payment',
              client_reference_id: purchaseId,
              metadata: { purchaseId },
              // Copied to the charge, so that a refund or a dispute names the purchase too.
              payment_intent_data: { metadata: { purchaseId } },
              line_items: [
                {
                  quantity: 1,
                  price_data: { currency, unit_amount: amountCents, product_data: { name: title } },
                },
              ],
              adaptive_pricing: { enabled: false },
              expires_at: Math.floor(order.expiresAt.getTime() / 1_000),
              success_url: order.successUrl,
              cancel_url: order.cancelUrl,
            },
            { idempotencyKey: purchaseId },
          ),
        ),
      );
    },

    readCheckout(externalId) {
      return worded('read a checkout', async () =>
        toCheckout(
          await stripe.checkout.sessions.retrieve(externalId, { expand: ['payment_intent'] }),
        ),
      );
    },
  };
}

function addressOf(apiBase: string | undefined) {
  if (!apiBase) return {};
  const { protocol, hostname, port } = new URL(apiBase);
  return {
    protocol: protocol === 'http:' ? ('http' as const) : ('https' as const),
    host: hostname,
    port: port || (protocol === 'http:' ? 80 : 443),
  };
}

function toCheckout(session: Stripe.Checkout.Session): Checkout {
  return {
    externalId: session.id,
    purchaseId: session.metadata?.purchaseId ?? session.client_reference_id,
    state: stateOf(session),
    amountCents: session.amount_total ?? 0,
    currency: session.currency ?? '',
    url: session.status === 'open' ? session.url : null,
  };
}

function stateOf({
  status,
  payment_status: payment,
  payment_intent: intent,
}: Stripe.Checkout.Session): Checkout['state'] {
  // Nothing to pay is no case of ours: its total is another one, and it is refused for that.
  if (payment === 'paid' || payment === 'no_payment_required') return 'paid';
  if (status === 'open') return 'open';
  if (status === 'expired') return 'expired';
  // Confirmed, and the money is not there: on its way, or refused by the bank since.
  const intentStatus = typeof intent === 'object' ? intent?.status : undefined;
  return intentStatus === 'requires_payment_method' || intentStatus === 'canceled'
    ? 'failed'
    : 'processing';
}

/** Runs a call and words what went wrong for the log. The vendor's own text goes no further. */
async function worded<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    if (!(cause instanceof Stripe.errors.StripeError)) {
      throw new PaymentError('retry', `Stripe could not ${what}.`, { cause });
    }
    const told = [cause.statusCode, cause.type, cause.code, cause.requestId].filter(Boolean);
    throw new PaymentError(kindOf(cause), `Stripe could not ${what}: ${told.join(' ')}`, { cause });
  }
}

function kindOf(error: Stripe.errors.StripeError): PaymentError['kind'] {
  const { errors } = Stripe;
  // The same request is under way just now.
  if (error.statusCode === 409) return 'retry';
  if (error instanceof errors.StripeIdempotencyError) return 'reject';
  if (error instanceof errors.StripeCardError) return 'reject';
  if (error instanceof errors.StripeAuthenticationError) return 'config';
  if (error instanceof errors.StripePermissionError) return 'config';
  // Among them a session that is unknown: the key is another account's.
  if (error instanceof errors.StripeInvalidRequestError) return 'config';
  return 'retry';
}
