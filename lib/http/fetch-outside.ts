import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Readable } from 'node:stream';
import { Agent, request } from 'undici';
import { isPublicAddress } from './public-address.ts';

/** Why an address was not read. The message is for the log; it never holds the address itself. */
export class OutsideError extends Error {
  override readonly name = 'OutsideError';
  readonly kind: 'refused' | 'unreachable' | 'too-long';

  constructor(
    kind: 'refused' | 'unreachable' | 'too-long',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.kind = kind;
  }
}

export interface OutsideRequest {
  method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** Longer answers break off. */
  maxBytes: number;
  /** From the first byte sent to the last one read. */
  timeoutMs: number;
  /** Addresses the operator configured: what lies at their origins may be private and without TLS. */
  configured?: readonly string[];
}

export interface OutsideAnswer {
  status: number;
  headers: Record<string, string>;
  /** Breaks with an OutsideError when it grows too long or takes too long. */
  body: Readable;
}

/**
 * Reads an address that came from outside, such as a provider's link to a result: HTTPS at its usual
 * port only, no credentials in it, every address its name resolves to a public one, and the
 * connection goes to an address that was checked, not to what the name says a moment later. Redirects
 * are refused; size and time are capped. Throws `OutsideError` alone.
 */
export async function fetchOutside(
  address: string,
  { method = 'GET', headers, body, maxBytes, timeoutMs, configured = [] }: OutsideRequest,
): Promise<OutsideAnswer> {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (!url) throw new OutsideError('refused', 'not an address');
  const isConfigured = configured.some((own) => new URL(own).origin === url.origin);
  if (!isConfigured) demandPublic(url);

  const answer = await request(url, {
    dispatcher: isConfigured ? plainAgent : guardedAgent,
    method,
    headers,
    body,
    signal: AbortSignal.timeout(timeoutMs),
  }).catch((cause) => {
    throw cause instanceof OutsideError ? cause : unreachable(cause);
  });
  const { statusCode: status } = answer;
  const told = Object.entries(answer.headers).map(([name, value]) => [name, String(value)]);
  const refuse = (error: OutsideError): never => {
    answer.body.on('error', () => {}).destroy();
    throw error;
  };
  if (status >= 300 && status < 400) refuse(new OutsideError('refused', 'it redirects elsewhere'));
  if (Number(answer.headers['content-length'] ?? 0) > maxBytes) refuse(tooLong(maxBytes));
  return {
    status,
    headers: Object.fromEntries(told),
    body: Readable.from(capped(answer.body, maxBytes), { objectMode: false }),
  };
}

function demandPublic(url: URL): void {
  if (url.protocol !== 'https:') throw new OutsideError('refused', `${url.protocol} is not HTTPS`);
  if (url.port !== '') throw new OutsideError('refused', 'another port than 443');
  if (url.username || url.password) throw new OutsideError('refused', 'credentials in an address');
  // The parser has made one form of decimal, octal and short addresses.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) && !isPublicAddress(host)) {
    throw new OutsideError('refused', 'an address that is not public');
  }
}

/**
 * A lookup for sockets that hands on public addresses alone. One that is not among them spoils the
 * name: it is somebody's attempt. What it hands on is what the socket connects to.
 */
export function publicLookup(lookup: typeof systemLookup = systemLookup): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
      if (error) return callback(error, '', 0);
      const [first] = found;
      if (!first || !found.every(({ address }) => isPublicAddress(address))) {
        return callback(new OutsideError('refused', 'a name for an address not public'), '', 0);
      }
      if (options.all) return callback(null, found);
      callback(null, first.address, first.family);
    });
  };
}

const guardedAgent = new Agent({ connect: { lookup: publicLookup() } });
const plainAgent = new Agent();

async function* capped(body: Readable, maxBytes: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  try {
    for await (const chunk of body) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw tooLong(maxBytes);
      yield chunk;
    }
  } catch (cause) {
    throw cause instanceof OutsideError ? cause : unreachable(cause);
  } finally {
    body.destroy();
  }
}

function tooLong(maxBytes: number): OutsideError {
  return new OutsideError('too-long', `the answer has more than ${maxBytes} bytes`);
}

function unreachable(cause: unknown): OutsideError {
  return new OutsideError('unreachable', 'no whole answer came', { cause });
}
