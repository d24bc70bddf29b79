import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * What opens the receipt of a deleted account without a sign-in: the deletion's id and a proof of it,
 * derived from the master secret, so that nothing secret is stored.
 */
export function receiptToken(masterSecret: string, deletionId: string): string {
  return `${deletionId}.${proofOf(masterSecret, deletionId)}`;
}

/** The deletion that a token opens; null for one that is not ours. */
export function readReceiptToken(masterSecret: string, token: string): string | null {
  const [, id, proof] = /^([0-9a-f-]{36})\.([A-Za-z0-9_-]{43})$/.exec(token) ?? [];
  if (!id || !proof) return null;
  const right = timingSafeEqual(Buffer.from(proof), Buffer.from(proofOf(masterSecret, id)));
  return right ? id : null;
}

function proofOf(masterSecret: string, deletionId: string): string {
  return createHmac('sha256', masterSecret)
    .update(`likeness:receipt:${deletionId}`)
    .digest('base64url');
}
