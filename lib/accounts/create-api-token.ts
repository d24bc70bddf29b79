import { randomBytes } from 'node:crypto';
import { recordAct } from '../acts/record-act.ts';
import type { CreatorContext } from '../context.ts';
import { inTransaction } from '../db.ts';
import { demand } from '../errors.ts';
import { hashApiToken } from './find-api-token.ts';
import { type ApiTokenView, apiTokenView } from './list-api-tokens.ts';
import { maxApiTokens } from './rules/api-token-schemas.ts';

export interface CreatedApiToken extends ApiTokenView {
  /** The only time it is told: of the token itself only a hash is kept. */
  token: string;
}

/**
 * Makes a personal API token. Refuses TOO_MANY_TOKENS beyond 20 that are not revoked. Tokens are
 * made by signed-in people only, never by a token.
 */
export async function createApiToken(
  ctx: CreatorContext,
  { name }: { name: string },
): Promise<CreatedApiToken> {
  const { userId } = ctx.actor;
  const token = `lk_${randomBytes(32).toString('base64url')}`;
  const row = await inTransaction(async (tx) => {
    // Two at once follow one another, so that the limit holds.
    await tx.$queryRaw`SELECT id FROM users WHERE id = ${userId}::uuid FOR UPDATE`;
    const count = await tx.apiToken.count({ where: { userId, revokedAt: null } });
    demand(count < maxApiTokens, 'TOO_MANY_TOKENS', { maxTokens: maxApiTokens });
    const made = await tx.apiToken.create({
      data: {
        userId,
        name,
        tokenSha256: hashApiToken(token),
        hint: token.slice(-4),
        createdAt: ctx.now,
      },
    });
    await recordAct(tx, {
      kind: 'token.made',
      by: ctx.actor,
      userId,
      subjectId: made.id,
      at: ctx.now,
    });
    return made;
  });
  return { ...apiTokenView(row), token };
}
