/** One purchase as a payment page shows it. Money in whole cents. */
export interface CheckoutOrder {
  /** Ours; the provider keeps it, and repeating it is the same checkout. */
  purchaseId: string;
  /** "25,000 credits". */
  title: string;
  amountCents: number;
  /** Three letters, lower case. */
  currency: string;
  /** When the checkout closes if nobody pays. The same for every repeat. */
  expiresAt: Date;
  successUrl: string;
  cancelUrl: string;
}

/** How a checkout stands at the provider. */
export interface Checkout {
  externalId: string;
  /** Ours, as the provider was told it; null for a checkout that is not ours. */
  purchaseId: string | null;
  /**
   * `open` can be paid · `processing` was confirmed and the money is on its way (some ways to pay take
   * days) · `paid` the money is there · `failed` and `expired` it will not come.
   */
  state: 'open' | 'processing' | 'paid' | 'failed' | 'expired';
  amountCents: number;
  currency: string;
  /** The payment page, while it is open. */
  url: string | null;
}

/**
 * Why a call did not work, by what to do about it: `retry` later · `config` is for the operator ·
 * `reject` was understood and refused.
 */
export class PaymentError extends Error {
  override readonly name = 'PaymentError';
  readonly kind: 'retry' | 'config' | 'reject';

  constructor(kind: 'retry' | 'config' | 'reject', message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/**
 * PORT: where credits are paid for. Adapters know vendors, not users: no database, no ledger here.
 * Every call has its own timeout and throws only `PaymentError`. `createCheckout` may be repeated
 * after a crash: the same `purchaseId` is the same checkout.
 */
export interface PaymentProvider {
  readonly id: 'stripe' | 'sandbox';
  createCheckout(order: CheckoutOrder): Promise<Checkout>;
  readCheckout(externalId: string): Promise<Checkout>;
}
