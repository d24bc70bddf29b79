import { refuseFlood, refuseForged } from '@/app/_server/callback-limits';
import { readBody } from '@/app/_server/read-body';
import { systemContext } from '@/lib/context.ts';
import { receivePaymentEvent } from '@/lib/credits/receive-payment-event.ts';
import { log } from '@/lib/log.ts';

const maxEventBytes = 512 * 1024;

const statusOf = { accepted: 200, closed: 404 } as const;

/**
 * Stripe's webhook. 400: bad signature; 429: too many of those. 404: no payments here. 413: too long.
 * 2xx: taken, known already, or of no use, so that nobody sends it again. 5xx: our own trouble, send
 * it again.
 */
export async function POST(request: Request): Promise<Response> {
  const flood = await refuseFlood(request);
  if (flood) return flood;
  const rawBody = await readBody(request, maxEventBytes);
  if (rawBody === null) return new Response(null, { status: 413 });
  const signature = request.headers.get('stripe-signature') ?? '';
  try {
    const outcome = await receivePaymentEvent(systemContext('worker'), { rawBody, signature });
    if (outcome === 'refused') return refuseForged(request, 400);
    return new Response(null, { status: statusOf[outcome] });
  } catch (error) {
    log().error({ error }, 'a payment event could not be written down');
    return new Response(null, { status: 503, headers: { 'retry-after': '30' } });
  }
}
