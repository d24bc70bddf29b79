import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { databaseNow } from '../database-now.ts';
import { db, inTransaction } from '../db.ts';
import { withOutside } from '../testing/outside.ts';
import {
  attemptOf,
  findings,
  later,
  makeStage,
  trainingOf,
  worker,
} from '../testing/training-stage.ts';
import { applyObservation } from './apply-observation.ts';
import { claimAttempt, claimNextDue, commitClaim, LostClaim, underClaim } from './claim-attempt.ts';
import { sweepAttempts } from './sweep-attempts.ts';

withOutside();
beforeEach(async () => {
  // Attempts of earlier tests are not due here.
  await db().trainingAttempt.updateMany({ data: { nextCheckAt: null } });
});

async function taken() {
  const stage = await makeStage();
  const { loraModelId } = await stage.start();
  const { id } = await attemptOf(loraModelId);
  const claim = await claimAttempt(id, 'submitting', later(0));
  if (!claim) throw new Error('nobody else has it');
  return { stage, loraModelId, id, claim };
}

it('keeps a bell that rings during a step, whatever the step writes', async () => {
  const { id, loraModelId, claim } = await taken();
  const rungAt = later(2);
  await db().trainingAttempt.update({ where: { id }, data: { nextCheckAt: rungAt } });
  await inTransaction((tx) => commitClaim(tx, claim, { tries: 3, nextCheckAt: later(600) }));
  expect(await attemptOf(loraModelId)).toMatchObject({
    tries: 3,
    leaseUntil: null,
    nextCheckAt: rungAt,
  });
});

it('gives an attempt to one of many who want it', async () => {
  const stage = await makeStage();
  const { loraModelId } = await stage.start();
  const { id } = await attemptOf(loraModelId);
  const claims = await Promise.all(
    Array.from({ length: 20 }, () => claimAttempt(id, 'submitting', later(0))),
  );
  expect(claims.filter(Boolean)).toHaveLength(1);
});

it('drops what a worker writes that was frozen past its lease', async () => {
  const { stage, loraModelId, id, claim: frozen } = await taken();
  const successor = await claimAttempt(id, 'submitting', later(31));
  expect(successor?.attempt.fence).toBe(frozen.attempt.fence + 1);
  await expect(
    inTransaction((tx) => commitClaim(tx, frozen, { lastError: 'from the grave' })),
  ).rejects.toThrow(LostClaim);
  await applyObservation(worker(32), frozen, {
    kind: 'failed',
    reason: 'INTERNAL',
    message: 'from the grave',
  });
  expect((await trainingOf(loraModelId)).status).toBe('pending');
  expect((await stage.balance()).reservedCredits).toBe(22_000);
  expect((await attemptOf(loraModelId)).lastError).toBeNull();
  expect(await db().freeRetry.count({ where: { failedLoraModelId: loraModelId } })).toBe(0);
  expect(await findings()).toEqual([]);
});

it('rolls everything back when the claim is lost in mid-transaction', async () => {
  const { stage, loraModelId, claim } = await taken();
  await applyObservation(worker(1), claim, { kind: 'cancelled' });
  await applyObservation(worker(2), claim, { kind: 'cancelled' });
  expect((await trainingOf(loraModelId)).status).toBe('cancelled');
  expect(await db().creditLine.count({ where: { loraModelId, kind: 'release' } })).toBe(1);
  expect((await stage.balance()).availableCredits).toBe(100_000);
});

describe('claiming what is due', () => {
  it('gives every one of many workers another attempt, the longest due first', async () => {
    const ids: string[] = [];
    for (const seconds of [0, 1, 2, 3]) {
      const { loraModelId } = await (await makeStage()).start({}, seconds);
      ids.push((await attemptOf(loraModelId)).id);
    }
    const first = await claimNextDue(later(5));
    expect(first?.attempt.id).toBe(ids[0]);
    const others = await Promise.all(Array.from({ length: 8 }, () => claimNextDue(later(5))));
    const taken = others.flatMap((claim) => (claim ? [claim.attempt.id] : []));
    expect(taken.toSorted()).toEqual(ids.slice(1).toSorted());
    expect(await claimNextDue(later(5))).toBeNull();
  });

  it('takes what a dead worker held when its lease has ended, and nothing that is not due', async () => {
    const { id } = await taken();
    expect(await claimNextDue(later(29))).toBeNull();
    expect((await claimNextDue(later(31)))?.attempt).toMatchObject({ id, fence: 2 });
    expect(await claimNextDue(later(-1))).toBeNull();
  });
});

it('gives the lease back when a step throws, and is due again after a moment', async () => {
  const { loraModelId, id, claim } = await taken();
  const broken = underClaim(worker(1), claim, () => Promise.reject(new Error('a bug')));
  await expect(broken).rejects.toThrow('a bug');
  const attempt = await attemptOf(loraModelId);
  expect(attempt).toMatchObject({ leaseUntil: null, tries: 1 });
  expect(attempt.nextCheckAt?.getTime()).toBeGreaterThan(later(1).getTime());
  expect(await claimAttempt(id, 'submitting', later(2))).not.toBeNull();
});

it('takes back nothing from a successor when a step throws late', async () => {
  const { loraModelId, id, claim } = await taken();
  await claimAttempt(id, 'submitting', later(31));
  const broken = underClaim(worker(32), claim, () => Promise.reject(new Error('a bug')));
  await expect(broken).rejects.toThrow('a bug');
  expect((await attemptOf(loraModelId)).leaseUntil).toEqual(later(61));
});

describe('on a machine whose clock is wrong', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([-600, 600])('%d s off: leases and due times go by the database', async (seconds) => {
    const now = await databaseNow();
    const started = (now.getTime() - later(0).getTime()) / 1_000;
    const { loraModelId } = await (await makeStage()).start({}, started);
    const { id } = await attemptOf(loraModelId);
    await claimAttempt(id, 'submitting', now);
    const held = { leaseUntil: new Date(now.getTime() + 20_000), nextCheckAt: now };
    await db().trainingAttempt.update({ where: { id }, data: held });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + seconds * 1_000 });
    expect(await sweepAttempts()).toBe(0);
    expect(await attemptOf(loraModelId)).toMatchObject({ fence: 1, state: 'submitting' });

    await db().trainingAttempt.update({ where: { id }, data: { leaseUntil: null } });
    expect(await sweepAttempts()).toBe(1);
    const { state, nextCheckAt } = await attemptOf(loraModelId);
    expect(state).toBe('submitted');
    const dueInMs = (nextCheckAt?.getTime() ?? 0) - now.getTime();
    expect(dueInMs).toBeGreaterThan(0);
    expect(dueInMs).toBeLessThan(300_000);
  });
});
