import { randomUUID } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { creatorContext, systemContext } from '../context.ts';
import { db } from '../db.ts';
import { DomainError } from '../errors.ts';
import { makeUser } from '../testing/factories.ts';
import { answerOnce, cutOffAfterMs, type StoredAnswer } from './answer-once.ts';
import { sweepIdempotencyKeys } from './sweep-idempotency-keys.ts';

const noon = new Date('2026-03-12T12:00:00Z');
const later = (ms: number) => new Date(noon.getTime() + ms);

async function makeAsker() {
  const user = await makeUser();
  const request = { key: randomUUID(), operation: 'trainLora', hash: 'of-this-body' };
  const ctx = (ms = 0) => creatorContext(user.id, later(ms));
  const rows = () => db().idempotencyKey.findMany({ where: { userId: user.id } });
  return { user, request, ctx, rows };
}

/** A request that is under way until it is told its answer. */
function gate() {
  let open: (answer: StoredAnswer) => void = () => {};
  const answer = new Promise<StoredAnswer>((resolve) => {
    open = resolve;
  });
  return { work: vi.fn(() => answer), open };
}

const made = { status: 201, body: { loraModelId: 'a', costs: [1, null, 'x'] } };

describe('answerOnce', () => {
  it('runs once and answers a repeat the same', async () => {
    const { request, ctx } = await makeAsker();
    const work = vi.fn(async () => made);
    await expect(answerOnce(ctx(), request, work)).resolves.toEqual({ ...made, replayed: false });
    await expect(answerOnce(ctx(5_000), request, work)).resolves.toEqual({
      ...made,
      replayed: true,
    });
    expect(work).toHaveBeenCalledTimes(1);
  });

  it('repeats a refusal, and an answer without a body', async () => {
    for (const answer of [
      { status: 402, body: { code: 'NOT_ENOUGH_CREDITS' } },
      { status: 204, body: null },
    ]) {
      const { request, ctx } = await makeAsker();
      await answerOnce(ctx(), request, async () => answer);
      const again = await answerOnce(ctx(1), request, async () => made);
      expect(again).toEqual({ ...answer, replayed: true });
    }
  });

  it('refuses the key for another request, also while the first is under way', async () => {
    const { request, ctx } = await makeAsker();
    const { work, open } = gate();
    const first = answerOnce(ctx(), request, work);
    await vi.waitFor(() => expect(work).toHaveBeenCalled());
    const other = { ...request, hash: 'of-another-body' };
    const refused = { code: 'REQUEST_REUSED' };
    await expect(answerOnce(ctx(1), other, work)).rejects.toMatchObject(refused);
    open(made);
    await first;
    await expect(answerOnce(ctx(2), other, work)).rejects.toMatchObject(refused);
  });

  it('keeps keys of other operations and other users apart', async () => {
    const { request, ctx } = await makeAsker();
    const somebody = await makeAsker();
    await answerOnce(ctx(), request, async () => made);
    const work = vi.fn(async () => made);
    await answerOnce(ctx(), { ...request, operation: 'buyCredits' }, work);
    await answerOnce(somebody.ctx(), request, work);
    expect(work).toHaveBeenCalledTimes(2);
  });

  it('runs one of ten that come at once; the others are told to wait', async () => {
    const { request, ctx } = await makeAsker();
    const { work, open } = gate();
    const all = Array.from({ length: 10 }, () =>
      answerOnce(ctx(), request, work).catch((error: DomainError) => error),
    );
    const refusals = vi.waitFor(async () => {
      const settled = await Promise.all(all.map((one) => Promise.race([one, null])));
      expect(settled.filter(Boolean)).toHaveLength(9);
      return settled;
    });
    for (const refusal of await refusals) {
      if (refusal) {
        expect(refusal).toMatchObject({
          code: 'REQUEST_IN_PROGRESS',
          details: { retryAfterSeconds: 2 },
        });
      }
    }
    open(made);
    expect((await Promise.all(all)).filter((one) => !(one instanceof Error))).toHaveLength(1);
    expect(work).toHaveBeenCalledTimes(1);
  });

  it('stores no trouble of ours: the key is free again', async () => {
    const { request, ctx, rows } = await makeAsker();
    const trouble = { status: 503, body: { code: 'STORAGE_UNAVAILABLE' } };
    const first = await answerOnce(ctx(), request, async () => trouble);
    expect(first).toEqual({ ...trouble, replayed: false });
    const failing = answerOnce(ctx(1), request, async () => {
      throw new DomainError('INTERNAL');
    });
    await expect(failing).rejects.toMatchObject({ code: 'INTERNAL' });
    await expect(rows()).resolves.toEqual([]);
    const again = await answerOnce(ctx(2), request, async () => made);
    expect(again).toEqual({ ...made, replayed: false });
  });

  it('lets a request that was cut off run again after a minute, and not before', async () => {
    const { request, ctx, rows } = await makeAsker();
    const crashed = gate();
    const first = answerOnce(ctx(), request, crashed.work);
    await vi.waitFor(() => expect(crashed.work).toHaveBeenCalled());
    const work = vi.fn(async () => made);
    await expect(answerOnce(ctx(cutOffAfterMs - 1), request, work)).rejects.toMatchObject({
      code: 'REQUEST_IN_PROGRESS',
    });
    const [one, other] = await Promise.all(
      [0, 1].map(() =>
        answerOnce(ctx(cutOffAfterMs), request, work).catch(({ code }) => ({ code })),
      ),
    );
    // Either it came while the other one ran, or after it had been answered.
    const outcomes = [one, other].map((outcome) => JSON.stringify(outcome));
    expect(outcomes).toContain(JSON.stringify({ ...made, replayed: false }));
    expect(work).toHaveBeenCalledTimes(1);

    // What the first one says now, should it live after all, changes nothing.
    crashed.open({ status: 409, body: { code: 'TRAINING_OPEN' } });
    await first;
    await expect(rows()).resolves.toMatchObject([{ responseStatus: 201 }]);
    await expect(answerOnce(ctx(cutOffAfterMs + 1), request, work)).resolves.toEqual({
      ...made,
      replayed: true,
    });
  });
});

describe('sweepIdempotencyKeys', () => {
  it('forgets a key after a day', async () => {
    const { request, ctx, rows } = await makeAsker();
    await answerOnce(ctx(), request, async () => made);
    await sweepIdempotencyKeys(systemContext('sweep', later(86_400_000 - 1)));
    await expect(rows()).resolves.toHaveLength(1);
    const forgotten = await sweepIdempotencyKeys(systemContext('sweep', later(86_400_000)));
    expect(forgotten).toBeGreaterThanOrEqual(1);
    await expect(rows()).resolves.toEqual([]);
  });
});
