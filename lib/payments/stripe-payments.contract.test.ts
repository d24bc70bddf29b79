import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StripeStandIn, startStripeStandIn } from '../testing/stripe-stand-in.ts';
import type { CheckoutOrder, PaymentError, PaymentProvider } from './payment-provider.ts';
import { sandboxPayments } from './sandbox-payments.ts';
import { readStripeEvent } from './stripe-events.ts';
import { createStripePayments } from './stripe-payments.ts';

let stripe: StripeStandIn;
let payments: PaymentProvider;
beforeAll(async () => {
  stripe = await startStripeStandIn();
  payments = adapter();
});
afterAll(() => stripe.close());

function adapter(settings: { secretKey?: string; timeoutMs?: number; retries?: number } = {}) {
  return createStripePayments({
    secretKey: settings.secretKey ?? stripe.secretKey,
    apiBase: stripe.url,
    timeoutMs: settings.timeoutMs ?? 20_000,
    retries: settings.retries ?? 0,
  });
}

function order(change: Partial<CheckoutOrder> = {}): CheckoutOrder {
  return {
    purchaseId: randomUUID(),
    title: '25,000 credits',
    amountCents: 2_500,
    currency: 'usd',
    expiresAt: new Date(Date.now() + 2 * 3_600_000),
    successUrl: 'https://likeness.example/credits/buy?purchase=1',
    cancelUrl: 'https://likeness.example/credits/buy',
    ...change,
  };
}

async function errorOf(call: Promise<unknown>): Promise<PaymentError> {
  const error = await call.then(
    () => null,
    (reason) => reason,
  );
  expect(error).toMatchObject({ name: 'PaymentError' });
  return error;
}

describe('creating a checkout', () => {
  it('makes one for the agreed money that names the purchase, and keeps nothing of a card', async () => {
    const wanted = order();
    const checkout = await payments.createCheckout(wanted);
    expect(checkout).toMatchObject({
      purchaseId: wanted.purchaseId,
      state: 'open',
      amountCents: 2_500,
      currency: 'usd',
    });
    expect(checkout.url).toMatch(/^https:\/\/checkout\.stripe\./);
    expect(stripe.sessions().at(-1)).toMatchObject({
      id: checkout.externalId,
      client_reference_id: wanted.purchaseId,
      metadata: { purchaseId: wanted.purchaseId },
      success_url: wanted.successUrl,
      expires_at: Math.floor(wanted.expiresAt.getTime() / 1_000),
    });
    expect(stripe.requests.at(-1)?.idempotencyKey).toBe(wanted.purchaseId);
  });

  it('is the same checkout when repeated, also when the first answer was lost', async () => {
    const wanted = order();
    // A closed connection is tried once more by the client itself, whatever it is told.
    stripe.trouble('lost', 'lost');
    expect((await errorOf(payments.createCheckout(wanted))).kind).toBe('retry');
    const [again, once] = [
      await payments.createCheckout(wanted),
      await payments.createCheckout(wanted),
    ];
    expect(again).toEqual(once);
    const made = stripe.sessions().filter((s) => s.metadata.purchaseId === wanted.purchaseId);
    expect(made).toHaveLength(1);
  });

  it('refuses the same purchase with another amount', async () => {
    const wanted = order();
    await payments.createCheckout(wanted);
    const error = await errorOf(payments.createCheckout({ ...wanted, amountCents: 1 }));
    expect(error.kind).toBe('reject');
  });

  it('tries again by itself when it may', async () => {
    const wanted = order();
    stripe.trouble('lost', 'lost');
    await expect(adapter({ retries: 2 }).createCheckout(wanted)).resolves.toMatchObject({
      purchaseId: wanted.purchaseId,
    });
  });
});

describe('reading a checkout', () => {
  it.each(['paid', 'processing', 'failed', 'expired'] as const)('knows %s', async (state) => {
    const wanted = order();
    const { externalId } = await payments.createCheckout(wanted);
    stripe.change(externalId, state);
    await expect(payments.readCheckout(externalId)).resolves.toEqual({
      externalId,
      purchaseId: wanted.purchaseId,
      state,
      amountCents: 2_500,
      currency: 'usd',
      url: null,
    });
  });

  it('never takes an empty total for the agreed one', async () => {
    const { externalId } = await payments.createCheckout(order());
    stripe.amend(externalId, {
      status: 'complete',
      amount_total: null as never,
      payment_status: 'no_payment_required' as never,
    });
    await expect(payments.readCheckout(externalId)).resolves.toMatchObject({ amountCents: 0 });
  });
});

describe('what goes wrong', () => {
  it.each([
    [500, { type: 'api_error', message: 'secret vendor text' }, 'retry'],
    [503, { type: 'api_error', message: 'secret vendor text' }, 'retry'],
    [409, { type: 'idempotency_error', message: 'secret vendor text' }, 'retry'],
    [429, { type: 'rate_limit_error', message: 'secret vendor text' }, 'retry'],
    [401, { type: 'invalid_request_error', message: 'secret vendor text' }, 'config'],
    [403, { type: 'invalid_request_error', message: 'secret vendor text' }, 'config'],
    [400, { type: 'invalid_request_error', message: 'secret vendor text' }, 'config'],
    [404, { type: 'invalid_request_error', message: 'secret vendor text' }, 'config'],
    [402, { type: 'card_error', message: 'secret vendor text' }, 'reject'],
  ] as const)('%i %o is %s', async (status, error, kind) => {
    const { externalId } = await payments.createCheckout(order());
    stripe.trouble({ status, error });
    const failure = await errorOf(payments.readCheckout(externalId));
    expect(failure.kind).toBe(kind);
    expect(failure.message).toContain(String(status));
    expect(failure.message).not.toContain('secret vendor text');
  });

  it('a server that never answers is given up on in time', async () => {
    const { externalId } = await payments.createCheckout(order());
    stripe.trouble('silent');
    const error = await errorOf(adapter({ timeoutMs: 300 }).readCheckout(externalId));
    expect(error.kind).toBe('retry');
  });

  it('a wrong key is the operator’s, and is not repeated in the message', async () => {
    const error = await errorOf(adapter({ secretKey: 'sk_test_wrong' }).createCheckout(order()));
    expect(error.kind).toBe('config');
    expect(error.message).not.toContain('sk_test_wrong');
  });

  it('an address where nobody listens is tried later', async () => {
    const nobody = createStripePayments({
      secretKey: 'sk_test_1',
      apiBase: 'http://127.0.0.1:1',
      retries: 0,
    });
    expect((await errorOf(nobody.readCheckout('cs_1'))).kind).toBe('retry');
  });

  it('a checkout of another account is unknown', async () => {
    expect((await errorOf(payments.readCheckout('cs_test_elsewhere'))).kind).toBe('config');
  });
});

describe('events', () => {
  it('are read when the signature fits the bytes', async () => {
    const wanted = order();
    const { externalId } = await payments.createCheckout(wanted);
    const { rawBody, signature } = stripe.event('checkout.session.completed', externalId);
    expect(readStripeEvent(stripe.webhookSecret, rawBody, signature)).toMatchObject({
      type: 'checkout.session.completed',
      about: { kind: 'checkout', externalId, purchaseId: wanted.purchaseId },
    });
  });

  it('are refused with another secret, other bytes, an old signature or none', async () => {
    const { externalId } = await payments.createCheckout(order());
    const type = 'checkout.session.completed';
    const good = stripe.event(type, externalId);
    const read = (rawBody: string, signature: string) =>
      readStripeEvent(stripe.webhookSecret, rawBody, signature);
    expect(read(good.rawBody.replace('2500', '2501'), good.signature)).toBeNull();
    expect(read(JSON.stringify(JSON.parse(good.rawBody)), good.signature)).toBeNull();
    expect(read(good.rawBody, '')).toBeNull();
    expect(read(good.rawBody, 't=1,v1=abc')).toBeNull();
    const forged = stripe.event(type, externalId, { secret: 'whsec_other' });
    expect(read(forged.rawBody, forged.signature)).toBeNull();
    const old = stripe.event(type, externalId, { at: new Date(Date.now() - 3_600_000) });
    expect(read(old.rawBody, old.signature)).toBeNull();
  });

  it('about refunds and disputes name what they can, anything else is nothing of ours', () => {
    const purchaseId = randomUUID();
    const read = (type: string, object: object) => {
      const { rawBody, signature } = stripe.eventAbout(type, object);
      return readStripeEvent(stripe.webhookSecret, rawBody, signature)?.about;
    };
    expect(read('charge.refunded', { id: 'ch_1', metadata: { purchaseId } })).toEqual({
      kind: 'money-back',
      purchaseId,
      externalId: 'ch_1',
    });
    expect(read('charge.dispute.created', { id: 'dp_1', metadata: {} })).toEqual({
      kind: 'money-back',
      purchaseId: null,
      externalId: 'dp_1',
    });
    expect(read('customer.created', { id: 'cus_1' })).toEqual({ kind: 'other' });
    expect(read('checkout.session.completed', { id: 'cs_1', metadata: {} })).toEqual({
      kind: 'other',
    });
  });
});

describe('the sandbox', () => {
  it('is paid at once, tells the same whenever it is asked, and has no page', async () => {
    const wanted = order();
    const checkout = await sandboxPayments.createCheckout(wanted);
    expect(checkout).toMatchObject({
      purchaseId: wanted.purchaseId,
      state: 'paid',
      amountCents: 2_500,
      url: null,
    });
    await expect(sandboxPayments.createCheckout(wanted)).resolves.toEqual(checkout);
    await expect(sandboxPayments.readCheckout(checkout.externalId)).resolves.toEqual(checkout);
  });

  it.each(['', 'cs_test_1', 'sandbox:x:2500:usd', 'sandbox:..:0:usd'])(
    'knows no checkout "%s"',
    async (externalId) => {
      expect((await errorOf(sandboxPayments.readCheckout(externalId))).kind).toBe('config');
    },
  );
});
