import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { db, inTransaction } from '../db.ts';
import { asOwner } from '../testing/database.ts';
import { makeUser } from '../testing/factories.ts';
import { auditLedger } from './audit-ledger.ts';
import { getBalance } from './balance.ts';
import { capture, release, reserve } from './ledger.ts';
import { listCreditLines } from './list-lines.ts';

/** A hold of a training that exists in the ledger only. */
function hold(userId: string, amount: number, key = randomUUID()): Promise<string> {
  return inTransaction((tx) =>
    reserve(tx, userId, amount, {
      idempotencyKey: `reserve:${key}`,
      memo: 'Training, 7 images, Z-Image Turbo',
      loraModelId: randomUUID(),
    }),
  );
}

async function figures(userId: string) {
  const { availableCredits, reservedCredits } = await getBalance(userId);
  return [availableCredits, reservedCredits];
}

describe('the four movements', () => {
  it('moves credits as each one says, and keeps a running balance', async () => {
    const user = await makeUser({ credits: 50_000 });
    const first = await hold(user.id, 22_000);
    expect(await figures(user.id)).toEqual([28_000, 22_000]);
    await inTransaction((tx) => capture(tx, first));
    expect(await figures(user.id)).toEqual([28_000, 0]);
    const second = await hold(user.id, 20_000);
    await inTransaction((tx) => release(tx, second));
    expect(await figures(user.id)).toEqual([28_000, 0]);

    const { lines } = await listCreditLines(user.id);
    expect(
      lines.map((line) => [
        line.kind,
        line.amountCredits,
        line.availableAfterCredits,
        line.settledBy,
      ]),
    ).toEqual([
      ['release', 20_000, 28_000, null],
      ['reserve', 20_000, 8_000, 'release'],
      ['capture', 22_000, 28_000, null],
      ['reserve', 22_000, 28_000, 'capture'],
      ['grant', 50_000, 50_000, null],
    ]);
    expect(await auditLedger()).toEqual([]);
  });

  it('refuses more than there is, and says what is missing', async () => {
    const user = await makeUser({ credits: 18_000 });
    await expect(hold(user.id, 22_000)).rejects.toMatchObject({
      code: 'NOT_ENOUGH_CREDITS',
      details: { needed: 22_000, available: 18_000, missing: 4_000 },
    });
    expect(await figures(user.id)).toEqual([18_000, 0]);
  });

  it('answers a repeat with the same hold, and refuses the same key with another amount', async () => {
    const user = await makeUser({ credits: 50_000 });
    const movement = {
      idempotencyKey: `reserve:${randomUUID()}`,
      memo: 'x',
      loraModelId: randomUUID(),
    };
    const once = () => inTransaction((tx) => reserve(tx, user.id, 10_000, movement));
    expect(await once()).toBe(await once());
    expect(await figures(user.id)).toEqual([40_000, 10_000]);
    await expect(
      inTransaction((tx) => reserve(tx, user.id, 11_000, movement)),
    ).rejects.toMatchObject({ code: 'REQUEST_REUSED' });
  });

  it('settles a hold once, whatever is tried', async () => {
    const user = await makeUser({ credits: 50_000 });
    const id = await hold(user.id, 10_000);
    const tries = await Promise.allSettled([
      inTransaction((tx) => capture(tx, id)),
      inTransaction((tx) => release(tx, id)),
      inTransaction((tx) => capture(tx, id)),
      inTransaction((tx) => release(tx, id)),
    ]);
    expect(tries.some(({ status }) => status === 'fulfilled')).toBe(true);
    const settlements = await db().creditLine.findMany({ where: { holdId: id } });
    expect(settlements).toHaveLength(1);
    const spent = settlements[0]?.kind === 'capture' ? 10_000 : 0;
    expect(await figures(user.id)).toEqual([50_000 - spent, 0]);
    expect(await auditLedger()).toEqual([]);
  });

  it('settles a hold once, also where another one is open', async () => {
    const user = await makeUser({ credits: 50_000 });
    const [first] = [await hold(user.id, 10_000), await hold(user.id, 10_000)];
    await inTransaction((tx) => capture(tx, first));
    await expect(inTransaction((tx) => release(tx, first))).rejects.toThrow();
    expect(await figures(user.id)).toEqual([30_000, 10_000]);
    expect(await auditLedger()).toEqual([]);
  });

  it('gives exactly 37 of 200 parallel reserves a balance that allows 37', async () => {
    const user = await makeUser({ credits: 37 });
    const tries = await Promise.allSettled(Array.from({ length: 200 }, () => hold(user.id, 1)));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(37);
    expect(await figures(user.id)).toEqual([0, 37]);
    expect(await auditLedger()).toEqual([]);
  }, 60_000);
});

describe('what the database refuses by itself, even its owner', () => {
  it('changes, deletes and truncates no line', async () => {
    await makeUser({ credits: 1 });
    for (const statement of [
      'UPDATE credit_lines SET amount = 2',
      'DELETE FROM credit_lines',
      'TRUNCATE credit_lines CASCADE',
    ]) {
      await expect(asOwner(statement)).rejects.toThrow(/append-only/);
    }
  });

  it('moves no balance without a line', async () => {
    const user = await makeUser({ credits: 1 });
    await expect(
      asOwner(`UPDATE credit_accounts SET available = 1000000 WHERE user_id = '${user.id}'`),
    ).rejects.toThrow(/credit_lines only/);
  });

  it('overdraws nothing, even for code that does not ask', async () => {
    const user = await makeUser({ credits: 5 });
    const account = await db().creditAccount.findUniqueOrThrow({ where: { userId: user.id } });
    const line = (kind: 'reserve' | 'capture', amount: bigint, holdId?: string) =>
      db().creditLine.create({
        data: {
          accountId: account.id,
          kind,
          amount,
          holdId,
          loraModelId: randomUUID(),
          idempotencyKey: randomUUID(),
          requestHash: 'x',
          memo: 'x',
        },
      });
    await expect(line('reserve', 6n)).rejects.toThrow();
    const held = await line('reserve', 5n);
    // Another amount than the hold's, and a hold that is none.
    await expect(line('capture', 4n, held.id)).rejects.toThrow();
    await expect(line('capture', 5n, randomUUID())).rejects.toThrow();
    expect(await figures(user.id)).toEqual([0, 5]);
  });
});
