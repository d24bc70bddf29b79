import { createHash } from 'node:crypto';
import { db } from '../db.ts';
import type { SignedInUser } from './sessions.ts';

/** `lk_` and 256 random bits in base64url. */
const tokenPattern = /^lk_[A-Za-z0-9_-]{43}$/;

/** "Last used" is kept to the minute: a busy token is not a write for each request. */
const usedEveryMs = 60_000;

/** What is kept of a token. A token holds 256 random bits, so one round of SHA-256 is enough. */
export function hashApiToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** Who a token belongs to; null when it is not known here or was revoked. Never log a token. */
export async function findApiToken(
  token: string,
  now = new Date(),
): Promise<{ tokenId: string; user: SignedInUser } | null> {
  if (!tokenPattern.test(token)) return null;
  const found = await db().apiToken.findUnique({
    where: { tokenSha256: hashApiToken(token) },
    select: {
      id: true,
      revokedAt: true,
      lastUsedAt: true,
      user: { select: { id: true, email: true, name: true, role: true } },
    },
  });
  if (!found || found.revokedAt) return null;
  const staleBefore = new Date(now.getTime() - usedEveryMs);
  if (!found.lastUsedAt || found.lastUsedAt <= staleBefore) {
    await db().apiToken.updateMany({
      where: {
        id: found.id,
        OR: [{ lastUsedAt: null }, { lastUsedAt: { lte: staleBefore } }],
      },
      data: { lastUsedAt: now },
    });
  }
  return { tokenId: found.id, user: found.user };
}
