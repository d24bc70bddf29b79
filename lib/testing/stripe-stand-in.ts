import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import Stripe from 'stripe';

/** What Stripe keeps of a checkout, as far as we look at it. */
interface Session {
  id: string;
  object: 'checkout.session';
  status: 'open' | 'complete' | 'expired';
  payment_status: 'paid' | 'unpaid';
  payment_intent: { id: string; object: 'payment_intent'; status: string } | null;
  amount_total: number;
  currency: string;
  client_reference_id: string | null;
  metadata: Record<string, string>;
  url: string | null;
  success_url: string;
  cancel_url: string;
  expires_at: number;
}

/** The next answers, in their order, instead of the right ones. */
type Trouble =
  | { status: number; error: Record<string, string> }
  /** Works, and the answer is lost on the way. */
  | 'lost'
  /** Never answers. */
  | 'silent';

export interface StripeStandIn {
  url: string;
  secretKey: string;
  webhookSecret: string;
  /** Method and path of every request so far. */
  requests: { method: string; path: string; idempotencyKey: string | null }[];
  sessions(): Session[];
  /** The creator pays, or does not. */
  change(id: string, to: 'paid' | 'processing' | 'failed' | 'expired'): void;
  /** Overwrites what it says of a checkout. */
  amend(id: string, change: Partial<Session>): void;
  trouble(...next: Trouble[]): void;
  /** No trouble any more. */
  calm(): void;
  /** A webhook about a checkout, signed as Stripe signs it. */
  event(type: string, id: string, options?: { at?: Date; secret?: string }): SignedEvent;
  /** A webhook about anything else. */
  eventAbout(type: string, object: object): SignedEvent;
  close(): Promise<void>;
}

interface SignedEvent {
  rawBody: string;
  signature: string;
}

/**
 * Stripe's HTTP API as far as we use it, from its documentation: form-encoded requests, the key as
 * bearer token, idempotency keys (the same key with the same parameters is the same answer, with
 * others an error; an error of the server is kept as well), checkouts that live from 30 minutes to 24
 * hours, errors in their shapes, signed events.
 */
export async function startStripeStandIn(): Promise<StripeStandIn> {
  const secretKey = `sk_test_${randomUUID().replaceAll('-', '')}`;
  const webhookSecret = `whsec_${randomUUID().replaceAll('-', '')}`;
  const sessions = new Map<string, Session>();
  const kept = new Map<string, { parameters: string; status: number; body: string }>();
  const requests: StripeStandIn['requests'] = [];
  const troubles: Trouble[] = [];

  function create(parameters: URLSearchParams): { status: number; body: object } {
    const seconds = Number(parameters.get('expires_at')) - Date.now() / 1_000;
    const amount = Number(parameters.get('line_items[0][price_data][unit_amount]'));
    const missing = ['mode', 'success_url', 'line_items[0][price_data][currency]'].find(
      (name) => !parameters.get(name),
    );
    if (missing) return invalid(`Missing required param: ${missing}.`, missing);
    if (!Number.isInteger(amount) || amount <= 0) return invalid('Invalid integer', 'unit_amount');
    if (seconds < 30 * 60 - 60 || seconds > 24 * 3_600) {
      return invalid('expires_at must be between 30 minutes and 24 hours from now.', 'expires_at');
    }
    const id = `cs_test_${randomUUID().replaceAll('-', '')}`;
    const metadata: Record<string, string> = {};
    for (const [name, value] of parameters) {
      const key = name.match(/^metadata\[(.+)\]$/)?.[1];
      if (key) metadata[key] = value;
    }
    const session: Session = {
      id,
      object: 'checkout.session',
      status: 'open',
      payment_status: 'unpaid',
      payment_intent: null,
      amount_total: amount * Number(parameters.get('line_items[0][quantity]')),
      currency: parameters.get('line_items[0][price_data][currency]') ?? '',
      client_reference_id: parameters.get('client_reference_id'),
      metadata,
      url: `https://checkout.stripe.test/c/pay/${id}`,
      success_url: parameters.get('success_url') ?? '',
      cancel_url: parameters.get('cancel_url') ?? '',
      expires_at: Number(parameters.get('expires_at')),
    };
    sessions.set(id, session);
    return { status: 200, body: session };
  }

  async function answer(request: IncomingMessage): Promise<{ status: number; body: object }> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://stripe');
    const key = [request.headers['idempotency-key']].flat()[0] ?? null;
    requests.push({ method: request.method ?? '', path: pathname, idempotencyKey: key });
    const text = await readText(request);
    if (request.headers.authorization !== `Bearer ${secretKey}`) {
      return refused(401, { type: 'invalid_request_error', message: 'Invalid API Key provided' });
    }
    if (request.method === 'POST' && pathname === '/v1/checkout/sessions') {
      const parameters = createHash('sha256').update(text).digest('hex');
      const before = key === null ? undefined : kept.get(key);
      if (before && before.parameters !== parameters) {
        return refused(400, {
          type: 'idempotency_error',
          message: 'Keys for idempotent requests can only be used with the same parameters.',
        });
      }
      if (before) return { status: before.status, body: JSON.parse(before.body) };
      const trouble = troubles[0];
      const made =
        typeof trouble === 'object' && trouble.status >= 500
          ? refused(trouble.status, trouble.error)
          : create(new URLSearchParams(text));
      if (key !== null && (made.status < 400 || made.status >= 500)) {
        kept.set(key, { parameters, status: made.status, body: JSON.stringify(made.body) });
      }
      return made;
    }
    const id = pathname.match(/^\/v1\/checkout\/sessions\/([^/]+)$/)?.[1];
    const session = id ? sessions.get(id) : undefined;
    if (request.method !== 'GET' || !session) {
      return refused(404, {
        type: 'invalid_request_error',
        code: 'resource_missing',
        message: `No such checkout.session: '${id}'`,
      });
    }
    const expanded = searchParams.getAll('expand[0]').includes('payment_intent');
    const { payment_intent: intent } = session;
    return {
      status: 200,
      body: { ...session, payment_intent: expanded ? intent : (intent?.id ?? null) },
    };
  }

  const server = createServer(async (request, response) => {
    const made = await answer(request);
    const trouble = troubles.shift();
    if (trouble === 'silent') return;
    if (trouble === 'lost') return request.socket.destroy();
    send(response, trouble ? refused(trouble.status, trouble.error) : made);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;

  function known(id: string): Session {
    const session = sessions.get(id);
    if (!session) throw new Error(`There is no checkout ${id}.`);
    return session;
  }

  function sign(event: object, { at = new Date(), secret = webhookSecret } = {}): SignedEvent {
    const rawBody = JSON.stringify(event, null, 2);
    const timestamp = Math.floor(at.getTime() / 1_000);
    return {
      rawBody,
      signature: Stripe.webhooks.generateTestHeaderString({ payload: rawBody, secret, timestamp }),
    };
  }

  const eventOf = (type: string, object: object) => ({
    id: `evt_${randomUUID().replaceAll('-', '')}`,
    object: 'event',
    type,
    data: { object },
  });

  return {
    url: `http://127.0.0.1:${port}`,
    secretKey,
    webhookSecret,
    requests,
    sessions: () => [...sessions.values()],
    change(id, to) {
      const session = known(id);
      if (to === 'expired') {
        Object.assign(session, { status: 'expired', url: null });
        return;
      }
      const intentStatus = {
        paid: 'succeeded',
        processing: 'processing',
        failed: 'requires_payment_method',
      };
      Object.assign(session, {
        status: 'complete',
        url: null,
        payment_status: to === 'paid' ? 'paid' : 'unpaid',
        payment_intent: { id: `pi_${id}`, object: 'payment_intent', status: intentStatus[to] },
      });
    },
    amend(id, change) {
      Object.assign(known(id), change);
    },
    trouble(...next) {
      troubles.push(...next);
    },
    calm() {
      troubles.length = 0;
    },
    event: (type, id, options) => {
      const { payment_intent: intent, ...session } = known(id);
      return sign(eventOf(type, { ...session, payment_intent: intent?.id ?? null }), options);
    },
    eventAbout: (type, object) => sign(eventOf(type, object)),
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

function refused(status: number, error: Record<string, string>) {
  return { status, body: { error } };
}

function invalid(message: string, param: string) {
  return refused(400, { type: 'invalid_request_error', message, param });
}

function send(response: ServerResponse, { status, body }: { status: number; body: object }): void {
  response.writeHead(status, { 'content-type': 'application/json', 'request-id': 'req_test' });
  response.end(JSON.stringify(body));
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
