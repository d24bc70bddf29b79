import { createHmac, timingSafeEqual } from 'node:crypto';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';

/**
 * Signatures on what a worker sends us: Standard Webhooks (HMAC-SHA256 over `id.timestamp.body`),
 * one secret per attempt. The library compares in constant time and refuses a timestamp more than
 * 300 s away from now, in either direction.
 */

/** Not signed by who it says, too old, or not signed at all. The door answers 401. */
export class SignatureError extends Error {
  override readonly name = 'SignatureError';
}

/**
 * Ids as a worker makes them. A dot is refused because the signed text is joined by dots: with one
 * in the id, the border between id and timestamp could be moved without breaking the signature.
 */
const deliveryIdPattern = /^[A-Za-z0-9_-]{1,200}$/;
/** The library reads `12abc` as 12; the delivery would then be stored under a text never signed. */
const timestampPattern = /^[0-9]{1,12}$/;

/**
 * The secret of one attempt, `whsec_…`: derived from the master secret, so that nothing secret is
 * stored and a worker's leaked environment exposes one attempt only.
 */
export function attemptSecret(masterSecret: string, attemptId: string): string {
  const key = createHmac('sha256', masterSecret).update(`likeness:attempt:${attemptId}`).digest();
  return `whsec_${key.toString('base64')}`;
}

/**
 * What a vendor that signs nothing shows when it rings about an attempt, in the address it was given:
 * derived as the attempt's secret is, and good for a bell alone. It is in no input and no event.
 */
export function bellToken(masterSecret: string, attemptId: string): string {
  const key = createHmac('sha256', masterSecret).update(`likeness:bell:${attemptId}`).digest();
  return key.toString('base64url');
}

/** Whether a bell shows the token of its attempt. Hashes are compared: they have one length. */
export function isBellToken(masterSecret: string, attemptId: string, token: string): boolean {
  const [wanted, shown] = [bellToken(masterSecret, attemptId), token].map((text) =>
    createHmac('sha256', masterSecret).update(text).digest(),
  );
  return wanted !== undefined && shown !== undefined && timingSafeEqual(wanted, shown);
}

/**
 * The three `webhook-*` headers for `body`. `deliveryId` stays the same when a delivery is repeated;
 * `at` is the time of this try. Throws a RangeError for an id that could not be verified.
 */
export function signEvent(
  secret: string,
  deliveryId: string,
  at: Date,
  body: string,
): Record<string, string> {
  if (!deliveryIdPattern.test(deliveryId)) {
    throw new RangeError('A delivery id is 1 to 200 letters, digits, "_" and "-".');
  }
  return {
    'webhook-id': deliveryId,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign(deliveryId, at, body),
  };
}

/**
 * Checks `rawBody` (the text as it came, before any JSON parsing) against its headers. Any one of
 * `secrets` may match: two are valid while a master secret is being replaced. Throws only
 * `SignatureError`, except for a malformed secret, which is our own fault.
 */
export function verifyEvent(
  secrets: readonly string[],
  headers: Headers | Record<string, string | string[] | undefined>,
  rawBody: string,
): { deliveryId: string } {
  const signed = {
    'webhook-id': header(headers, 'webhook-id'),
    'webhook-timestamp': header(headers, 'webhook-timestamp'),
    'webhook-signature': header(headers, 'webhook-signature'),
  };
  if (!deliveryIdPattern.test(signed['webhook-id'])) {
    throw new SignatureError('The delivery id is missing or malformed.');
  }
  if (!timestampPattern.test(signed['webhook-timestamp'])) {
    throw new SignatureError('The timestamp is missing or malformed.');
  }
  let refusal = 'There is no secret to check against.';
  for (const secret of secrets) {
    const webhook = new Webhook(secret);
    try {
      webhook.verify(rawBody, signed, { jsonParse: false });
      return { deliveryId: signed['webhook-id'] };
    } catch (error) {
      if (!(error instanceof WebhookVerificationError)) throw error;
      refusal = error.message;
    }
  }
  throw new SignatureError(refusal);
}

/** The library iterates own keys, so a Web `Headers` object would look empty to it. */
function header(
  headers: Headers | Record<string, string | string[] | undefined>,
  name: string,
): string {
  if (headers instanceof Headers) return headers.get(name) ?? '';
  const value = headers[name];
  return typeof value === 'string' ? value : '';
}
