/** What was agreed, as `purchases` keeps it. */
export interface AgreedPurchase {
  id: string;
  status: string;
  provider: string;
  externalId: string | null;
  amountCents: number;
  currency: string;
}

/** What the payment provider says became of it. */
export interface CheckoutFacts {
  externalId: string;
  /** Ours, as the provider was told it; null for a checkout that is not ours. */
  purchaseId: string | null;
  state: 'open' | 'processing' | 'paid' | 'failed' | 'expired';
  amountCents: number;
  currency: string;
}

/**
 * `grant` adds the credits, `expire` ends the purchase without them, `wait` leaves it pending,
 * `known` has nothing left to do. `refuse`: the money that came is not the money that was agreed, so
 * nothing is granted and a person looks at it.
 */
export type Settlement =
  | { do: 'grant' | 'expire' | 'wait' | 'known' }
  | { do: 'refuse'; because: 'another purchase' | 'another checkout' | 'amount' | 'currency' };

/**
 * What a look at the payment provider means for a purchase. Order and repeats do not matter: paid
 * absorbs, and money that arrives after the purchase had expired is honoured.
 */
export function decideSettlement(purchase: AgreedPurchase, checkout: CheckoutFacts): Settlement {
  if (purchase.status === 'paid') return { do: 'known' };
  if (checkout.purchaseId !== purchase.id) return { do: 'refuse', because: 'another purchase' };
  if (purchase.externalId !== null && purchase.externalId !== checkout.externalId) {
    return { do: 'refuse', because: 'another checkout' };
  }
  switch (checkout.state) {
    case 'open':
    case 'processing':
      return { do: 'wait' };
    case 'failed':
    case 'expired':
      return { do: purchase.status === 'pending' ? 'expire' : 'known' };
    case 'paid':
      if (checkout.amountCents !== purchase.amountCents) return { do: 'refuse', because: 'amount' };
      if (checkout.currency !== purchase.currency) return { do: 'refuse', because: 'currency' };
      return { do: 'grant' };
  }
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** A checkout that nobody paid closes by itself this long after it was asked for. */
export const checkoutLifeMs = 2 * hourMs;

/** A purchase whose payment page was never opened: nobody was ever sent to it. */
export const unopenedLifeMs = 24 * hourMs;

/**
 * Whether a pending purchase is due for a look, `lastSweepAt` being when one was last made (null: not
 * that we know). Every minute in the first ten, every ten minutes until its checkout has closed, every
 * hour after that: some ways to pay take days.
 */
export function isDueForALook(createdAt: Date, now: Date, lastSweepAt: Date | null): boolean {
  if (!lastSweepAt) return true;
  const ageMs = now.getTime() - createdAt.getTime();
  const everyMs =
    ageMs < 10 * minuteMs ? minuteMs : ageMs < checkoutLifeMs + hourMs ? 10 * minuteMs : hourMs;
  const ageBeforeMs = lastSweepAt.getTime() - createdAt.getTime();
  return Math.floor(ageMs / everyMs) > Math.floor(ageBeforeMs / everyMs);
}
