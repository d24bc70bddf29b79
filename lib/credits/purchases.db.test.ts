import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { creatorContext, systemContext } from '../context.ts';
import { db } from '../db.ts';
import { env } from '../env.ts';
import { log } from '../log.ts';
import { damage } from '../testing/database.ts';
import { makeUser } from '../testing/factories.ts';
import { type StripeStandIn, startStripeStandIn } from '../testing/stripe-stand-in.ts';
import { auditLedger } from './audit-ledger.ts';
import { getBalance } from './balance.ts';
import { buyCredits } from './buy-credits.ts';
import { checkPurchase } from './check-purchase.ts';
import { listCreditLines } from './list-lines.ts';
import { getPurchase, listPendingPurchases } from './list-purchases.ts';
import { receivePaymentEvent } from './receive-payment-event.ts';
import { purchaseGrantKey } from './rules/purchase-grant.ts';
import type { CheckoutFacts } from './rules/settlement.ts';
import { settlePurchase } from './settle-purchase.ts';
import { sweepPurchases } from './sweep-purchases.ts';

let stripe: StripeStandIn;
const settings = { ...env() };
const withStripe = () => ({
  STRIPE_SECRET_KEY: stripe.secretKey,
  STRIPE_WEBHOOK_SECRET: stripe.webhookSecret,
  STRIPE_API_BASE: stripe.url,
});

beforeAll(async () => {
  stripe = await startStripeStandIn();
});
beforeEach(() => {
  stripe.calm();
  Object.assign(env(), withStripe());
});
afterEach(() => {
  Object.assign(env(), settings);
  vi.restoreAllMocks();
});
afterAll(async () => {
  await stripe.close();
  expect(await auditLedger()).toEqual([]);
});

const packageId = 'v1-25000';
const minute = 60_000;

interface Order {
  packageId: string;
  requestId: string;
  back?: string;
}

function order(change: Partial<Order> = {}): Order {
  return { packageId, requestId: randomUUID(), ...change };
}

async function makeBuyer(credits = 0) {
  const user = await makeUser({ credits });
  const ctx = creatorContext(user.id);
  return {
    id: user.id,
    ctx,
    buy: (input: Order = order()) => buyCredits(ctx, input),
    check: (purchaseId: string) => checkPurchase(ctx, { purchaseId }),
    total: async () => (await getBalance(user.id)).totalCredits,
    lines: async () => (await listCreditLines(user.id)).lines,
  };
}

const worker = (now = new Date()) => systemContext('worker', now);

/** A purchase whose page was opened, and its checkout at Stripe. */
async function openPurchase(buyer: Awaited<ReturnType<typeof makeBuyer>>) {
  const { purchaseId } = await buyer.buy();
  const { externalId } = await purchaseOf(purchaseId);
  return { purchaseId, externalId: externalId ?? '' };
}

function purchaseOf(id: string) {
  return db().purchase.findUniqueOrThrow({ where: { id } });
}

function paidFacts(purchaseId: string, externalId: string): CheckoutFacts {
  return { purchaseId, externalId, state: 'paid', amountCents: 2_500, currency: 'usd' };
}

/** How many bells are waiting or ringing for a purchase. */
async function bells(purchaseId: string): Promise<number> {
  const [row] = await db().$queryRaw<{ count: bigint }[]>`
    SELECT count(*) FROM pgboss.job
    WHERE name = 'credits.purchase.check' AND data->>'purchaseId' = ${purchaseId}`;
  return Number(row?.count);
}

describe('buying with money', () => {
  it('opens a payment page, commits the purchase as pending, and adds nothing yet', async () => {
    const buyer = await makeBuyer(1_000);
    const started = await buyer.buy(order({ back: '/influencer?x=1' }));
    expect(started).toMatchObject({ status: 'pending', credits: 25_000 });
    expect(started.checkoutUrl).toMatch(/^https:\/\/checkout\.stripe\./);
    expect(started.balance.totalCredits).toBe(1_000);
    expect(await purchaseOf(started.purchaseId)).toMatchObject({
      status: 'pending',
      credits: 25_000,
      amountCents: 2_500,
      currency: 'usd',
      provider: 'stripe',
      packageId,
      externalId: stripe.sessions().at(-1)?.id,
    });
    const { success_url: success, cancel_url: cancel } = stripe.sessions().at(-1) ?? {};
    const returned = new URL(success ?? '');
    expect(returned.origin).toBe(env().APP_URL);
    expect(returned.pathname).toBe('/credits/buy');
    expect(returned.searchParams.get('purchase')).toBe(started.purchaseId);
    expect(returned.searchParams.get('back')).toBe('/influencer?x=1');
    expect(new URL(cancel ?? '').searchParams.get('back')).toBe('/influencer?x=1');
    expect(await listPendingPurchases(buyer.id)).toMatchObject([{ id: started.purchaseId }]);
  });

  it('never returns to another site', async () => {
    const buyer = await makeBuyer();
    await buyer.buy(order({ back: 'https://evil.example/' }));
    expect(stripe.sessions().at(-1)?.success_url).not.toContain('evil');
  });

  it('is one purchase and one page for one request, however often and concurrently', async () => {
    const buyer = await makeBuyer();
    const input = order();
    const started = await Promise.all([1, 2, 3, 4].map(() => buyer.buy(input)));
    const again = await buyer.buy(input);
    expect(new Set([...started, again].map(({ purchaseId }) => purchaseId)).size).toBe(1);
    expect(new Set([...started, again].map(({ checkoutUrl }) => checkoutUrl)).size).toBe(1);
    expect(await db().purchase.count({ where: { userId: buyer.id } })).toBe(1);
    const sessions = stripe.sessions();
    expect(
      sessions.filter(({ metadata }) => metadata.purchaseId === again.purchaseId),
    ).toHaveLength(1);
  });

  it('keeps the request ids of two creators apart', async () => {
    const [one, other] = [await makeBuyer(), await makeBuyer()];
    const input = order();
    const [first, second] = [await one.buy(input), await other.buy(input)];
    expect(first.purchaseId).not.toBe(second.purchaseId);
  });

  it('refuses the same request for another package', async () => {
    const buyer = await makeBuyer();
    const input = order();
    await buyer.buy(input);
    await expect(buyer.buy({ ...input, packageId: 'v1-10000' })).rejects.toMatchObject({
      code: 'REQUEST_REUSED',
    });
  });

  it.each(['v0-25000', 'v1-1', ''])('does not sell "%s"', async (unknown) => {
    const buyer = await makeBuyer();
    await expect(buyer.buy(order({ packageId: unknown }))).rejects.toMatchObject({
      code: 'PACKAGE_GONE',
    });
    expect(await db().purchase.count({ where: { userId: buyer.id } })).toBe(0);
  });

  it('after a crash between page and note the same request finds the same page', async () => {
    const buyer = await makeBuyer();
    const input = order();
    const first = await buyer.buy(input);
    await db().purchase.update({ where: { id: first.purchaseId }, data: { externalId: null } });
    const second = await buyer.buy(input);
    expect(second).toMatchObject({
      purchaseId: first.purchaseId,
      checkoutUrl: first.checkoutUrl,
    });
    expect((await purchaseOf(first.purchaseId)).externalId).not.toBeNull();
  });

  it.each([
    ['a server error', { status: 500, error: { type: 'api_error' } }, 'PAYMENT_PAGE_UNREACHABLE'],
    [
      'a refused key',
      { status: 401, error: { type: 'invalid_request_error' } },
      'PAYMENTS_UNAVAILABLE',
    ],
    ['a refusal', { status: 402, error: { type: 'card_error' } }, 'PAYMENTS_UNAVAILABLE'],
  ] as const)(
    '%s of Stripe is a closed code, and the purchase stays unopened',
    async (_, trouble, code) => {
      const buyer = await makeBuyer();
      stripe.trouble(trouble, trouble);
      const refused = await buyer.buy().catch((error) => error);
      expect(refused).toMatchObject({ code, details: {} });
      expect(await db().purchase.findMany({ where: { userId: buyer.id } })).toMatchObject([
        { status: 'pending', externalId: null },
      ]);
      // Not shown as pending: nobody was sent to pay it.
      expect(await listPendingPurchases(buyer.id)).toEqual([]);
    },
  );

  it('is limited for one creator', async () => {
    const buyer = await makeBuyer();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 31 }, () => buyer.buy(order({ packageId: 'v0-1' }))),
    );
    const codes = outcomes.map((o) => o.status === 'rejected' && o.reason.code);
    expect(codes.filter((code) => code === 'TOO_MANY_REQUESTS')).toHaveLength(1);
  });
});

describe('settling', () => {
  it('adds the credits once, with the money they cost as the reason', async () => {
    const buyer = await makeBuyer(1_000);
    const { purchaseId, externalId } = await openPurchase(buyer);
    stripe.change(externalId, 'paid');
    await expect(buyer.check(purchaseId)).resolves.toEqual({ status: 'paid', checkoutUrl: null });
    await expect(buyer.check(purchaseId)).resolves.toEqual({ status: 'paid', checkoutUrl: null });
    expect((await buyer.lines())[0]).toMatchObject({
      kind: 'grant',
      amountCredits: 25_000,
      memo: 'Bought for $25',
    });
    expect(await buyer.total()).toBe(26_000);
    expect(await getPurchase(buyer.id, purchaseId)).toMatchObject({ status: 'paid' });
    expect(await listPendingPurchases(buyer.id)).toEqual([]);
  });

  it('adds once when ten look at the same moment', async () => {
    const buyer = await makeBuyer();
    const { purchaseId, externalId } = await openPurchase(buyer);
    const facts = paidFacts(purchaseId, externalId);
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, () => settlePurchase(worker(), purchaseId, facts)),
    );
    expect(new Set(outcomes)).toEqual(new Set(['paid']));
    expect(await buyer.total()).toBe(25_000);
    expect(await buyer.lines()).toHaveLength(1);
  });

  it('settles the same in any order of what is told', async () => {
    const orders = [
      ['open', 'paid', 'expired'],
      ['expired', 'paid', 'open'],
      ['paid', 'failed', 'processing'],
      ['failed', 'open', 'paid'],
    ] as const;
    for (const states of orders) {
      const buyer = await makeBuyer();
      const { purchaseId, externalId } = await openPurchase(buyer);
      for (const state of states) {
        await settlePurchase(worker(), purchaseId, { ...paidFacts(purchaseId, externalId), state });
      }
      expect([states, (await purchaseOf(purchaseId)).status]).toEqual([states, 'paid']);
      expect(await buyer.total()).toBe(25_000);
    }
  });

  it.each([
    ['amount', { amountCents: 2_499 }],
    ['amount', { amountCents: 250_000 }],
    ['currency', { currency: 'eur' }],
    ['another purchase', { purchaseId: randomUUID() }],
    ['another checkout', { externalId: 'cs_test_other' }],
  ])(
    'refuses money with another %s, adds nothing and tells the operator',
    async (because, change) => {
      const errors = vi.spyOn(log(), 'error').mockImplementation(() => {});
      const buyer = await makeBuyer();
      const { purchaseId, externalId } = await openPurchase(buyer);
      const facts = { ...paidFacts(purchaseId, externalId), ...change };
      await expect(settlePurchase(worker(), purchaseId, facts)).resolves.toBe('pending');
      expect(await buyer.total()).toBe(0);
      expect(errors).toHaveBeenCalledWith(
        expect.objectContaining({ purchaseId, because }),
        expect.any(String),
      );
    },
  );

  it('ends a purchase whose page closed, and honours money that comes after all', async () => {
    const buyer = await makeBuyer();
    const { purchaseId, externalId } = await openPurchase(buyer);
    stripe.change(externalId, 'expired');
    await expect(buyer.check(purchaseId)).resolves.toMatchObject({ status: 'expired' });
    expect(await buyer.total()).toBe(0);
    stripe.change(externalId, 'paid');
    await expect(checkPurchase(worker(), { purchaseId })).resolves.toMatchObject({
      status: 'paid',
    });
    expect(await buyer.total()).toBe(25_000);
  });

  it('waits for a slow payment and follows it to its end', async () => {
    const buyer = await makeBuyer();
    const [good, bad] = [await openPurchase(buyer), await openPurchase(buyer)];
    for (const { externalId, purchaseId } of [good, bad]) {
      stripe.change(externalId, 'processing');
      await expect(buyer.check(purchaseId)).resolves.toEqual({
        status: 'pending',
        checkoutUrl: null,
      });
    }
    stripe.change(good.externalId, 'paid');
    stripe.change(bad.externalId, 'failed');
    await expect(buyer.check(good.purchaseId)).resolves.toMatchObject({ status: 'paid' });
    await expect(buyer.check(bad.purchaseId)).resolves.toMatchObject({ status: 'expired' });
    expect(await buyer.total()).toBe(25_000);
  });

  it('shows the way on to a page that is still open', async () => {
    const buyer = await makeBuyer();
    const { purchaseId, externalId } = await openPurchase(buyer);
    await expect(buyer.check(purchaseId)).resolves.toEqual({
      status: 'pending',
      checkoutUrl: `https://checkout.stripe.test/c/pay/${externalId}`,
    });
  });

  it('does not open an ended purchase again under its old request', async () => {
    const buyer = await makeBuyer();
    const input = order();
    const { purchaseId } = await buyer.buy(input);
    stripe.change((await purchaseOf(purchaseId)).externalId ?? '', 'expired');
    await buyer.check(purchaseId);
    await expect(buyer.buy(input)).rejects.toMatchObject({ code: 'REQUEST_REUSED' });
  });

  it('knows nobody else’s purchase', async () => {
    const [buyer, stranger] = [await makeBuyer(), await makeBuyer()];
    const { purchaseId } = await openPurchase(buyer);
    await expect(stranger.check(purchaseId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(getPurchase(stranger.id, purchaseId)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await expect(buyer.check(randomUUID())).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await listPendingPurchases(stranger.id)).toEqual([]);
  });

  it('books what a deleted account has paid, and tells the operator', async () => {
    const errors = vi.spyOn(log(), 'error').mockImplementation(() => {});
    const buyer = await makeBuyer();
    const { purchaseId, externalId } = await openPurchase(buyer);
    stripe.change(externalId, 'paid');
    await db().user.delete({ where: { id: buyer.id } });
    await expect(checkPurchase(worker(), { purchaseId })).resolves.toMatchObject({
      status: 'paid',
    });
    expect(errors).toHaveBeenCalledWith({ purchaseId }, expect.stringContaining('deleted account'));
  });

  it('the database lets no paid purchase go back, and what was agreed stays', async () => {
    const buyer = await makeBuyer();
    const { purchaseId, externalId } = await openPurchase(buyer);
    await settlePurchase(worker(), purchaseId, paidFacts(purchaseId, externalId));
    for (const data of [
      { status: 'expired' },
      { status: 'pending', settledAt: null },
      { amountCents: 1 },
      { credits: 1_000_000 },
    ]) {
      await expect(db().purchase.update({ where: { id: purchaseId }, data })).rejects.toThrow();
    }
  });
});

describe('webhooks', () => {
  async function receive(event: { rawBody: string; signature: string }) {
    return receivePaymentEvent(worker(), event);
  }

  it('ring the purchase’s bell and grant nothing themselves', async () => {
    const buyer = await makeBuyer();
    const { purchaseId, externalId } = await openPurchase(buyer);
    stripe.change(externalId, 'paid');
    const event = stripe.event('checkout.session.completed', externalId);
    await expect(receive(event)).resolves.toBe('accepted');
    expect(await bells(purchaseId)).toBe(1);
    expect(await buyer.total()).toBe(0);
    await checkPurchase(worker(), { purchaseId });
    expect(await buyer.total()).toBe(25_000);
  });

  it('doubled, reordered and simultaneous ones come to one grant', async () => {
    const buyer = await makeBuyer();
    const { purchaseId, externalId } = await openPurchase(buyer);
    stripe.change(externalId, 'paid');
    const completed = stripe.event('checkout.session.completed', externalId);
    const events = [
      stripe.event('checkout.session.async_payment_succeeded', externalId),
      completed,
      completed,
      stripe.event('checkout.session.expired', externalId),
    ];
    const outcomes = await Promise.all(events.map(receive));
    expect(new Set(outcomes)).toEqual(new Set(['accepted']));
    await Promise.all([1, 2, 3].map(() => checkPurchase(worker(), { purchaseId })));
    expect(await buyer.lines()).toHaveLength(1);
    expect(await buyer.total()).toBe(25_000);
  });

  it('faster than our own note of the page still find their purchase', async () => {
    const buyer = await makeBuyer();
    const { purchaseId, externalId } = await openPurchase(buyer);
    await db().purchase.update({ where: { id: purchaseId }, data: { externalId: null } });
    stripe.change(externalId, 'paid');
    await receive(stripe.event('checkout.session.completed', externalId));
    await expect(checkPurchase(worker(), { purchaseId })).resolves.toMatchObject({
      status: 'paid',
    });
    expect(await buyer.total()).toBe(25_000);
  });

  it('with a bad signature are refused and ring nothing', async () => {
    const buyer = await makeBuyer();
    const { purchaseId, externalId } = await openPurchase(buyer);
    const forged = stripe.event('checkout.session.completed', externalId, { secret: 'whsec_x' });
    await expect(receive(forged)).resolves.toBe('refused');
    const changed = stripe.event('checkout.session.completed', externalId);
    await expect(
      receive({ ...changed, rawBody: changed.rawBody.replace('cs_test', 'cs_tset') }),
    ).resolves.toBe('refused');
    expect(await bells(purchaseId)).toBe(0);
  });

  it('about nothing of ours are taken, so that nobody sends them again', async () => {
    await expect(receive(stripe.eventAbout('customer.created', { id: 'cus_1' }))).resolves.toBe(
      'accepted',
    );
    const metadata = { purchaseId: randomUUID() };
    const elsewhere = stripe.eventAbout('checkout.session.completed', { id: 'cs_2', metadata });
    await expect(receive(elsewhere)).resolves.toBe('accepted');
    expect(await bells(metadata.purchaseId)).toBe(0);
  });

  it('that name another checkout for a purchase change nothing and are told', async () => {
    const errors = vi.spyOn(log(), 'error').mockImplementation(() => {});
    const buyer = await makeBuyer();
    const { purchaseId, externalId } = await openPurchase(buyer);
    const other = stripe.eventAbout('checkout.session.completed', {
      id: 'cs_test_other',
      metadata: { purchaseId },
    });
    await expect(receive(other)).resolves.toBe('accepted');
    expect((await purchaseOf(purchaseId)).externalId).toBe(externalId);
    expect(await bells(purchaseId)).toBe(0);
    expect(errors).toHaveBeenCalledTimes(1);
  });

  it('about refunds and disputes are told to the operator, and move no credits', async () => {
    const errors = vi.spyOn(log(), 'error').mockImplementation(() => {});
    const buyer = await makeBuyer();
    const { purchaseId, externalId } = await openPurchase(buyer);
    await settlePurchase(worker(), purchaseId, paidFacts(purchaseId, externalId));
    await receive(stripe.eventAbout('charge.refunded', { id: 'ch_1', metadata: { purchaseId } }));
    expect(errors).toHaveBeenCalledWith(
      expect.objectContaining({ purchaseId, externalId: 'ch_1', type: 'charge.refunded' }),
      'money for credits went back',
    );
    expect(await buyer.total()).toBe(25_000);
  });

  it('are not taken where no payments are set up', async () => {
    const event = stripe.eventAbout('customer.created', { id: 'cus_1' });
    Object.assign(env(), settings);
    await expect(receive(event)).resolves.toBe('closed');
  });
});

describe('the sweep', () => {
  it('finds paid purchases without any webhook', async () => {
    const buyer = await makeBuyer();
    const { externalId } = await openPurchase(buyer);
    stripe.change(externalId, 'paid');
    expect(await sweepPurchases(systemContext('sweep'), null)).toBeGreaterThan(0);
    expect(await buyer.total()).toBe(25_000);
  });

  it('looks only at what is due, and goes on when one cannot be looked at', async () => {
    const buyer = await makeBuyer();
    const [one, other] = [await openPurchase(buyer), await openPurchase(buyer)];
    for (const { externalId } of [one, other]) stripe.change(externalId, 'paid');
    const now = new Date(Date.now() + 500);
    // Half a second ago: neither has lived through a minute since.
    expect(await sweepPurchases(systemContext('sweep', now), new Date())).toBe(0);
    const renamed = (externalId: string) =>
      db().purchase.update({ where: { id: one.purchaseId }, data: { externalId } });
    await renamed('cs_test_unknown_there');
    await sweepPurchases(systemContext('sweep'), null);
    expect(await buyer.total()).toBe(25_000);
    await renamed(one.externalId);
    await sweepPurchases(systemContext('sweep'), null);
    expect(await buyer.total()).toBe(50_000);
  });

  it('leaves alone what it cannot ask about now', async () => {
    const buyer = await makeBuyer();
    const { purchaseId } = await openPurchase(buyer);
    const asked = stripe.requests.length;
    Object.assign(env(), settings);
    expect(await sweepPurchases(systemContext('sweep'), null)).toBe(0);
    expect(stripe.requests).toHaveLength(asked);
    expect((await purchaseOf(purchaseId)).status).toBe('pending');
  });

  it('ends what was never opened after a day, and still honours its money', async () => {
    const buyer = await makeBuyer();
    const { purchaseId, externalId } = await openPurchase(buyer);
    await db().purchase.update({ where: { id: purchaseId }, data: { externalId: null } });
    const hours = (count: number) => new Date(Date.now() + count * 60 * minute);
    await sweepPurchases(systemContext('sweep', hours(23)), null);
    expect((await purchaseOf(purchaseId)).status).toBe('pending');
    await sweepPurchases(systemContext('sweep', hours(25)), null);
    expect((await purchaseOf(purchaseId)).status).toBe('expired');
    stripe.change(externalId, 'paid');
    await receivePaymentEvent(worker(), stripe.event('checkout.session.completed', externalId));
    await checkPurchase(worker(), { purchaseId });
    expect(await buyer.total()).toBe(25_000);
  });
});

describe('without a payment provider', () => {
  beforeEach(() => {
    Object.assign(env(), settings);
  });

  it('is a test purchase: paid at once, marked as paid by nobody, and once a request', async () => {
    const buyer = await makeBuyer(1_000);
    const input = order();
    const started = await Promise.all([1, 2, 3].map(() => buyer.buy(input)));
    expect(started[0]).toMatchObject({ status: 'paid', checkoutUrl: null, credits: 25_000 });
    await expect(buyer.buy(input)).resolves.toMatchObject({
      status: 'paid',
      balance: { totalCredits: 26_000 },
    });
    const [line, ...others] = await buyer.lines();
    expect(line).toMatchObject({
      kind: 'grant',
      amountCredits: 25_000,
      memo: 'Test purchase for $25, no money moved',
    });
    expect(others).toHaveLength(1);
    const grant = await db().creditLine.findUniqueOrThrow({ where: { id: line?.id } });
    expect(grant.idempotencyKey).toBe(
      purchaseGrantKey({ id: started[0]?.purchaseId ?? '', provider: 'sandbox' }),
    );
    expect(grant.idempotencyKey).toMatch(/^sandbox:/);
  });

  it('goes up to 1,000,000 credits and not beyond, also when two come at once', async () => {
    const buyer = await makeBuyer(960_000);
    const outcomes = await Promise.allSettled([buyer.buy(), buyer.buy()]);
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused).toHaveLength(1);
    expect(refused[0]?.reason).toMatchObject({
      code: 'BALANCE_LIMIT',
      details: { limitCredits: 1_000_000, totalCredits: 985_000 },
    });
    expect(await buyer.total()).toBe(985_000);
    expect(await db().purchase.count({ where: { userId: buyer.id, status: 'expired' } })).toBe(1);
  });

  it('is not possible where a real GPU is plugged in', async () => {
    const buyer = await makeBuyer();
    Object.assign(env(), { GPU_PROVIDER: 'worker-host' });
    await expect(buyer.buy()).rejects.toMatchObject({ code: 'PAYMENTS_UNAVAILABLE' });
    expect(await db().purchase.count({ where: { userId: buyer.id } })).toBe(0);
  });

  it('a test purchase that was begun is not settled once a real GPU is plugged in', async () => {
    const buyer = await makeBuyer();
    const { id: accountId } = await db().creditAccount.findUniqueOrThrow({
      where: { userId: buyer.id },
    });
    const purchase = await db().purchase.create({
      data: {
        userId: buyer.id,
        accountId,
        requestId: randomUUID(),
        packageId,
        credits: 25_000,
        amountCents: 2_500,
        currency: 'usd',
        provider: 'sandbox',
      },
    });
    Object.assign(env(), { GPU_PROVIDER: 'worker-host' });
    const facts = paidFacts(purchase.id, `sandbox:${purchase.id}:2500:usd`);
    await expect(settlePurchase(worker(), purchase.id, facts)).rejects.toMatchObject({
      code: 'SANDBOX_ONLY',
    });
    expect(await buyer.total()).toBe(0);
    expect((await purchaseOf(purchase.id)).status).toBe('pending');
  });

  it('finds no account for a user who is gone', async () => {
    const buyer = await makeBuyer();
    await db().user.delete({ where: { id: buyer.id } });
    await expect(buyer.buy()).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('the audit', () => {
  const problem = 'purchase and grant disagree';

  it('finds a paid purchase without its grant', async () => {
    const buyer = await makeBuyer();
    const { purchaseId } = await openPurchase(buyer);
    const set = (status: string, settledAt: string) =>
      damage(`UPDATE purchases SET status = '${status}', settled_at = ${settledAt}
              WHERE id = '${purchaseId}'`);
    await set('paid', 'now()');
    expect(await auditLedger()).toMatchObject([{ problem, id: purchaseId }]);
    await set('pending', 'NULL');
    expect(await auditLedger()).toEqual([]);
  });

  it('finds a grant without its purchase, and one of another amount', async () => {
    const buyer = await makeBuyer();
    const { purchaseId, externalId } = await openPurchase(buyer);
    await settlePurchase(worker(), purchaseId, paidFacts(purchaseId, externalId));
    const of = `WHERE id = '${purchaseId}'`;
    await damage(`UPDATE purchases SET credits = 24000 ${of}`);
    expect(await auditLedger()).toMatchObject([{ problem, id: purchaseId }]);
    await damage(`CREATE TABLE kept AS SELECT * FROM purchases ${of}; DELETE FROM purchases ${of}`);
    expect(await auditLedger()).toMatchObject([{ problem, id: `purchase:${purchaseId}` }]);
    await damage('UPDATE kept SET credits = 25000; INSERT INTO purchases SELECT * FROM kept');
    expect(await auditLedger()).toEqual([]);
  });
});
