import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AgreedPurchase,
  type CheckoutFacts,
  decideSettlement,
  isDueForALook,
} from './settlement.ts';

const purchase: AgreedPurchase = {
  id: 'purchase-1',
  status: 'pending',
  provider: 'stripe',
  externalId: 'cs_1',
  amountCents: 2_500,
  currency: 'usd',
};
const paid: CheckoutFacts = {
  externalId: 'cs_1',
  purchaseId: 'purchase-1',
  state: 'paid',
  amountCents: 2_500,
  currency: 'usd',
};

describe('what a look at the checkout means', () => {
  it.each([
    ['pending', 'paid', 'grant'],
    ['pending', 'open', 'wait'],
    ['pending', 'processing', 'wait'],
    ['pending', 'failed', 'expire'],
    ['pending', 'expired', 'expire'],
    ['expired', 'paid', 'grant'],
    ['expired', 'expired', 'known'],
    ['expired', 'failed', 'known'],
    ['paid', 'paid', 'known'],
    ['paid', 'expired', 'known'],
    ['paid', 'open', 'known'],
  ] as const)('a %s purchase and a checkout that is %s: %s', (status, state, outcome) => {
    expect(decideSettlement({ ...purchase, status }, { ...paid, state })).toEqual({ do: outcome });
  });

  it.each([
    ['amount', { amountCents: 2_499 }],
    ['amount', { amountCents: 0 }],
    ['currency', { currency: 'eur' }],
    ['another purchase', { purchaseId: 'purchase-2' }],
    ['another purchase', { purchaseId: null }],
    ['another checkout', { externalId: 'cs_2' }],
  ] as const)('refuses money with another %s: %o', (because, change) => {
    expect(decideSettlement(purchase, { ...paid, ...change })).toEqual({ do: 'refuse', because });
  });

  it('takes the checkout it did not know of yet', () => {
    expect(decideSettlement({ ...purchase, externalId: null }, paid)).toEqual({ do: 'grant' });
  });

  it('never grants unless every figure is the agreed one', () => {
    fc.assert(
      fc.property(
        fc.record({
          externalId: fc.constantFrom('cs_1', 'cs_2'),
          purchaseId: fc.constantFrom('purchase-1', 'purchase-2', null),
          state: fc.constantFrom('open', 'processing', 'paid', 'failed', 'expired'),
          amountCents: fc.constantFrom(2_500, 2_501, 1),
          currency: fc.constantFrom('usd', 'eur'),
        }),
        fc.constantFrom('pending', 'expired', 'paid'),
        (checkout, status) => {
          const { do: outcome } = decideSettlement({ ...purchase, status }, checkout);
          const right = JSON.stringify(checkout) === JSON.stringify(paid) && status !== 'paid';
          expect(outcome === 'grant').toBe(right);
        },
      ),
    );
  });
});

describe('when a pending purchase is looked at', () => {
  const at = (minutes: number) => new Date(Date.UTC(2026, 2, 12) + minutes * 60_000);

  /** How often in that span, looked at every minute by one process. */
  const looks = (from: number, to: number) => {
    let count = 0;
    for (let minute = from; minute < to; minute += 1) {
      if (isDueForALook(at(0), at(minute + 1), at(minute))) count += 1;
    }
    return count;
  };

  it('is at once after a start, then less and less often', () => {
    expect(isDueForALook(at(0), at(400), null)).toBe(true);
    expect(looks(0, 9)).toBe(9);
    expect(looks(20, 80)).toBe(6);
    expect(looks(24 * 60, 48 * 60)).toBe(24);
  });

  it('misses no turn when sweeps come late', () => {
    expect(isDueForALook(at(0), at(75), at(58))).toBe(true);
    expect(isDueForALook(at(0), at(59), at(51))).toBe(false);
  });
});
