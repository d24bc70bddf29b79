import { type Checkout, PaymentError, type PaymentProvider } from './payment-provider.ts';

/**
 * The adapter for installations without a real GPU: every checkout is paid the moment it is made, and
 * no money moves. It keeps nothing: a checkout's id carries its purchase and its price.
 */
export const sandboxPayments: PaymentProvider = {
  id: 'sandbox',

  async createCheckout({ purchaseId, amountCents, currency }) {
    return paid(purchaseId, amountCents, currency);
  },

  async readCheckout(externalId) {
    const [, purchaseId, cents, currency] =
      externalId.match(/^sandbox:([0-9a-f-]{36}):([1-9]\d*):([a-z]{3})$/) ?? [];
    if (!purchaseId || !currency) {
      throw new PaymentError('config', 'This is no checkout of the sandbox.');
    }
    return paid(purchaseId, Number(cents), currency);
  },
};

function paid(purchaseId: string, amountCents: number, currency: string): Checkout {
  return {
    externalId: `sandbox:${purchaseId}:${amountCents}:${currency}`,
    purchaseId,
    state: 'paid',
    amountCents,
    currency,
    url: null,
  };
}
