import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { creatorContext } from '../../../../lib/context.ts';
import { buyCredits } from '../../../../lib/credits/buy-credits.ts';
import { db } from '../../../../lib/db.ts';
import { env } from '../../../../lib/env.ts';
import { makeUser } from '../../../../lib/testing/factories.ts';
import { type StripeStandIn, startStripeStandIn } from '../../../../lib/testing/stripe-stand-in.ts';
import { POST } from './route.ts';

let stripe: StripeStandIn;
beforeAll(async () => {
  stripe = await startStripeStandIn();
  Object.assign(env(), {
    STRIPE_SECRET_KEY: stripe.secretKey,
    STRIPE_WEBHOOK_SECRET: stripe.webhookSecret,
    STRIPE_API_BASE: stripe.url,
  });
});
afterAll(() => stripe.close());

function post(body: string, headers: Record<string, string> = {}): Promise<Response> {
  return POST(
    new Request('http://localhost:3000/api/webhooks/stripe', { method: 'POST', body, headers }),
  );
}

async function paidEvent() {
  const user = await makeUser();
  const { purchaseId } = await buyCredits(creatorContext(user.id), {
    packageId: 'v1-25000',
    requestId: randomUUID(),
  });
  const { externalId } = await db().purchase.findUniqueOrThrow({ where: { id: purchaseId } });
  stripe.change(externalId ?? '', 'paid');
  return {
    purchaseId,
    ...stripe.event('checkout.session.completed', externalId ?? ''),
  };
}

async function bells(purchaseId: string): Promise<number> {
  const [row] = await db().$queryRaw<{ count: bigint }[]>`
    SELECT count(*) FROM pgboss.job
    WHERE name = 'credits.purchase.check' AND data->>'purchaseId' = ${purchaseId}`;
  return Number(row?.count);
}

describe('Stripe’s webhook', () => {
  it('takes signed events, each as often as it comes', async () => {
    const { purchaseId, rawBody, signature } = await paidEvent();
    for (let time = 1; time <= 3; time += 1) {
      const response = await post(rawBody, { 'stripe-signature': signature });
      expect(response.status).toBe(200);
      expect(await response.text()).toBe('');
    }
    expect(await bells(purchaseId)).toBe(1);
  });

  it.each([
    ['no signature', {}],
    ['nonsense', { 'stripe-signature': 'nonsense' }],
    ['another time’s', { 'stripe-signature': 't=1,v1=00' }],
  ])('answers 400 to %s', async (_, headers) => {
    const { purchaseId, rawBody } = await paidEvent();
    expect((await post(rawBody, headers)).status).toBe(400);
    expect(await bells(purchaseId)).toBe(0);
  });

  it('answers 400 when one byte is another, even one that means the same', async () => {
    const { rawBody, signature } = await paidEvent();
    const response = await post(`${rawBody} `, { 'stripe-signature': signature });
    expect(response.status).toBe(400);
  });

  it('answers 413 to more than half a megabyte, however long it says it is', async () => {
    expect((await post('x'.repeat(600 * 1_024))).status).toBe(413);
    expect((await post('{}', { 'content-length': String(600 * 1_024) })).status).toBe(413);
  });

  it('takes what is nothing of ours', async () => {
    const { rawBody, signature } = stripe.eventAbout('invoice.paid', { id: 'in_1' });
    expect((await post(rawBody, { 'stripe-signature': signature })).status).toBe(200);
  });

  it('answers 503 to our own trouble, so that it is sent again', async () => {
    const { rawBody, signature } = await paidEvent();
    const broken = vi.spyOn(db(), '$transaction').mockRejectedValue(new Error('no database'));
    const response = await post(rawBody, { 'stripe-signature': signature });
    broken.mockRestore();
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('30');
  });

  it('is not there where no payments are set up', async () => {
    const { rawBody, signature } = await paidEvent();
    const { STRIPE_SECRET_KEY: key } = env();
    Object.assign(env(), { STRIPE_SECRET_KEY: '' });
    const response = await post(rawBody, { 'stripe-signature': signature });
    Object.assign(env(), { STRIPE_SECRET_KEY: key });
    expect(response.status).toBe(404);
  });
});
