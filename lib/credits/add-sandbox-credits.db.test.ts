import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { creatorContext } from '../context.ts';
import { db } from '../db.ts';
import { env } from '../env.ts';
import { makeUser } from '../testing/factories.ts';
import { addSandboxCredits } from './add-sandbox-credits.ts';
import { auditLedger } from './audit-ledger.ts';
import { getBalance } from './balance.ts';
import { listCreditLines } from './list-lines.ts';
import { addSandboxCreditsSchema, sandboxAmounts } from './rules/sandbox-credits.ts';

const gpuProvider = env().GPU_PROVIDER;
afterEach(() => {
  Object.assign(env(), { GPU_PROVIDER: gpuProvider });
});
afterAll(async () => {
  await expect(auditLedger()).resolves.toEqual([]);
});

const linesOf = async (userId: string) => (await listCreditLines(userId)).lines;

describe('addSandboxCredits', () => {
  it('adds each amount as one line with its reason', async () => {
    const user = await makeUser({ credits: 1_000 });
    let expected = 1_000;
    for (const amountCredits of sandboxAmounts) {
      expected += amountCredits;
      const balance = await addSandboxCredits(creatorContext(user.id), {
        amountCredits,
        requestId: randomUUID(),
      });
      expect(balance).toEqual({
        totalCredits: expected,
        reservedCredits: 0,
        availableCredits: expected,
      });
    }
    const lines = await linesOf(user.id);
    expect(
      lines.slice(0, 3).map(({ kind, amountCredits, memo }) => [kind, amountCredits, memo]),
    ).toEqual(sandboxAmounts.map((amount) => ['grant', amount, 'Sandbox credits']).reverse());
  });

  it('adds once for one request, however often and however concurrently it comes', async () => {
    const user = await makeUser({ credits: 0 });
    const input = { amountCredits: 10_000, requestId: randomUUID() } as const;
    const add = () => addSandboxCredits(creatorContext(user.id), input);
    await Promise.all([add(), add(), add(), add()]);
    await expect(add()).resolves.toMatchObject({ totalCredits: 10_000 });
    expect(await linesOf(user.id)).toHaveLength(1);
  });

  it('keeps the request ids of two creators apart', async () => {
    const [one, other] = [await makeUser({ credits: 0 }), await makeUser({ credits: 0 })];
    const input = { amountCredits: 10_000, requestId: randomUUID() } as const;
    await addSandboxCredits(creatorContext(one.id), input);
    await addSandboxCredits(creatorContext(other.id), { ...input, amountCredits: 25_000 });
    await expect(getBalance(one.id)).resolves.toMatchObject({ totalCredits: 10_000 });
    await expect(getBalance(other.id)).resolves.toMatchObject({ totalCredits: 25_000 });
  });

  it('refuses the same request with another amount', async () => {
    const user = await makeUser({ credits: 0 });
    const requestId = randomUUID();
    const ctx = creatorContext(user.id);
    await addSandboxCredits(ctx, { amountCredits: 10_000, requestId });
    await expect(
      addSandboxCredits(ctx, { amountCredits: 50_000, requestId }),
    ).rejects.toMatchObject({ code: 'REQUEST_REUSED' });
    expect(await linesOf(user.id)).toHaveLength(1);
  });

  it('goes up to 1,000,000 and not beyond, also when two come at once', async () => {
    const user = await makeUser({ credits: 940_000 });
    const add = (amountCredits: 10_000 | 25_000 | 50_000) =>
      addSandboxCredits(creatorContext(user.id), { amountCredits, requestId: randomUUID() });

    await add(50_000);
    await expect(add(25_000)).rejects.toMatchObject({
      code: 'BALANCE_LIMIT',
      details: { limitCredits: 1_000_000, totalCredits: 990_000 },
    });
    const outcomes = await Promise.allSettled([add(10_000), add(10_000), add(10_000)]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(getBalance(user.id)).resolves.toMatchObject({ totalCredits: 1_000_000 });
  });

  it('is refused where a real GPU is plugged in, and leaves nothing', async () => {
    const user = await makeUser({ credits: 5_000 });
    Object.assign(env(), { GPU_PROVIDER: 'worker-host' });
    await expect(
      addSandboxCredits(creatorContext(user.id), {
        amountCredits: 10_000,
        requestId: randomUUID(),
      }),
    ).rejects.toMatchObject({ code: 'SANDBOX_ONLY' });
    await expect(getBalance(user.id)).resolves.toMatchObject({ totalCredits: 5_000 });
  });

  it('finds no account for a user who is gone', async () => {
    const user = await makeUser({ credits: 0 });
    await db().user.delete({ where: { id: user.id } });
    await expect(
      addSandboxCredits(creatorContext(user.id), {
        amountCredits: 10_000,
        requestId: randomUUID(),
      }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it.each([
    ['another amount', { amountCredits: 20_000, requestId: randomUUID() }],
    ['a negative amount', { amountCredits: -10_000, requestId: randomUUID() }],
    ['no request id', { amountCredits: 10_000 }],
    ['an extra key', { amountCredits: 10_000, requestId: randomUUID(), userId: randomUUID() }],
  ])('does not take %s', (_, input) => {
    expect(addSandboxCreditsSchema.safeParse(input).success).toBe(false);
  });
});
