import { createHash, randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { creatorContext } from '../context.ts';
import { db } from '../db.ts';
import { makeUser } from '../testing/factories.ts';
import { createApiToken } from './create-api-token.ts';
import { findApiToken } from './find-api-token.ts';
import { listApiTokens } from './list-api-tokens.ts';
import { revokeApiToken } from './revoke-api-token.ts';
import { createApiTokenSchema, maxApiTokens } from './rules/api-token-schemas.ts';

const noon = new Date('2026-03-12T12:00:00Z');
const later = (seconds: number) => new Date(noon.getTime() + seconds * 1_000);

async function makeToken(name = 'Nightly run') {
  const user = await makeUser();
  const ctx = creatorContext(user.id, noon);
  return { user, ctx, made: await createApiToken(ctx, { name }) };
}

describe('createApiToken', () => {
  it('tells the token once and keeps its hash and last four characters', async () => {
    const { made, user } = await makeToken();
    expect(made.token).toMatch(/^lk_[A-Za-z0-9_-]{43}$/);
    expect(made).toMatchObject({ name: 'Nightly run', hint: made.token.slice(-4) });

    const row = await db().apiToken.findUniqueOrThrow({ where: { id: made.id } });
    expect(row.tokenSha256).toBe(createHash('sha256').update(made.token).digest('hex'));
    expect(JSON.stringify([row, await listApiTokens(user.id)])).not.toContain(made.token);
  });

  it('makes another one each time', async () => {
    const { ctx, made } = await makeToken();
    const other = await createApiToken(ctx, { name: 'Nightly run' });
    expect(other.token).not.toBe(made.token);
  });

  it('stops at 20 that are not revoked, also when they come at once', async () => {
    const { ctx, user, made } = await makeToken();
    const outcomes = await Promise.allSettled(
      Array.from({ length: maxApiTokens + 1 }, (_, index) =>
        createApiToken(ctx, { name: `Token ${index}` }),
      ),
    );
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused.map(({ reason }) => [reason.code, reason.details.maxTokens])).toEqual([
      ['TOO_MANY_TOKENS', 20],
      ['TOO_MANY_TOKENS', 20],
    ]);
    expect(await listApiTokens(user.id)).toHaveLength(maxApiTokens);

    await revokeApiToken(ctx, { apiTokenId: made.id });
    await expect(createApiToken(ctx, { name: 'In its place' })).resolves.toHaveProperty('token');
  });

  it.each([
    ['no name', ''],
    ['nothing but spaces', ' \n '],
    ['10,000 characters', 'x'.repeat(10_000)],
    ['two lines', 'a\nb'],
    ['nothing to see', '\u200b'],
  ])('does not take %s', (_, name) => {
    expect(createApiTokenSchema.safeParse({ name }).success).toBe(false);
  });
});

describe('findApiToken', () => {
  it('finds whose it is', async () => {
    const { made, user } = await makeToken();
    await expect(findApiToken(made.token, noon)).resolves.toMatchObject({
      tokenId: made.id,
      user: { id: user.id, email: user.email },
    });
  });

  it.each([
    ['an unknown one', `lk_${'A'.repeat(43)}`],
    ['half of one', 'lk_'],
    ['nothing', ''],
    ['10,000 characters', `lk_${'A'.repeat(10_000)}`],
  ])('finds nobody for %s', async (_, token) => {
    await expect(findApiToken(token)).resolves.toBeNull();
  });

  it('writes down its use once a minute at most', async () => {
    const { made, user } = await makeToken();
    const lastUsed = async () => (await listApiTokens(user.id))[0]?.lastUsedAt;
    await expect(lastUsed()).resolves.toBeNull();
    await findApiToken(made.token, noon);
    await expect(lastUsed()).resolves.toBe(noon.toISOString());
    await findApiToken(made.token, later(59));
    await expect(lastUsed()).resolves.toBe(noon.toISOString());
    await Promise.all([1, 2, 3].map(() => findApiToken(made.token, later(60))));
    await expect(lastUsed()).resolves.toBe(later(60).toISOString());
  });
});

describe('revokeApiToken', () => {
  it('ends it at once and for good; a repeat keeps the first moment', async () => {
    const { ctx, made, user } = await makeToken();
    await revokeApiToken(ctx, { apiTokenId: made.id });
    await revokeApiToken(creatorContext(user.id, later(60)), { apiTokenId: made.id });
    await expect(findApiToken(made.token, later(1))).resolves.toBeNull();
    await expect(listApiTokens(user.id)).resolves.toEqual([]);
    const row = await db().apiToken.findUniqueOrThrow({ where: { id: made.id } });
    expect(row).toMatchObject({ revokedAt: noon, lastUsedAt: null });
  });

  it('answers somebody else’s like one that is not there', async () => {
    const { made } = await makeToken();
    const stranger = creatorContext((await makeUser()).id, noon);
    const refusals = await Promise.all(
      [made.id, randomUUID()].map((apiTokenId) =>
        revokeApiToken(stranger, { apiTokenId }).catch(({ code, details }) => ({ code, details })),
      ),
    );
    expect(refusals).toEqual(Array(2).fill({ code: 'NOT_FOUND', details: {} }));
    await expect(findApiToken(made.token)).resolves.not.toBeNull();
  });
});

describe('listApiTokens', () => {
  it('has the newest first and nobody else’s', async () => {
    const { user, ctx } = await makeToken('first');
    await createApiToken({ ...ctx, now: later(1) }, { name: 'second' });
    await makeToken('somebody else’s');
    const names = (await listApiTokens(user.id)).map(({ name }) => name);
    expect(names).toEqual(['second', 'first']);
  });
});
