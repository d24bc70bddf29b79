import { env } from '../env.ts';
import { PaymentError, type PaymentProvider } from './payment-provider.ts';
import { sandboxPayments } from './sandbox-payments.ts';
import { createStripePayments } from './stripe-payments.ts';

const shared = globalThis as { likenessStripe?: { key: string; payments: PaymentProvider } };

function stripePayments(): PaymentProvider {
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_API_BASE: apiBase } = env();
  const key = `${secretKey} ${apiBase}`;
  if (shared.likenessStripe?.key !== key) {
    shared.likenessStripe = { key, payments: createStripePayments({ secretKey, apiBase }) };
  }
  return shared.likenessStripe.payments;
}

/**
 * How credits can be bought here: with money through Stripe (`test` when its key moves none), as a
 * test where no real GPU is plugged in, or not at all.
 */
export function paymentMode(): { provider: 'stripe' | 'sandbox'; test: boolean } | null {
  const [provider] = configuredPaymentIds();
  if (!provider) return null;
  return {
    provider,
    test: provider === 'sandbox' || /^[a-z]+_test_/.test(env().STRIPE_SECRET_KEY),
  };
}

/** The providers that can be asked here; purchases of another wait until it is set up again. */
export function configuredPaymentIds(): PaymentProvider['id'][] {
  const { STRIPE_SECRET_KEY: secretKey, GPU_PROVIDER: gpu } = env();
  return [
    ...(secretKey ? ['stripe' as const] : []),
    ...(gpu === 'sandbox' ? ['sandbox' as const] : []),
  ];
}

/** The provider of that id, as a purchase stores it. Throws `PaymentError('config')` when not set up. */
export function configuredPayments(id: string): PaymentProvider {
  const known = configuredPaymentIds().find((configured) => configured === id);
  if (known) return known === 'stripe' ? stripePayments() : sandboxPayments;
  throw new PaymentError('config', `There is no payment provider called "${id}".`);
}
