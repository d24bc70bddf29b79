import { expect, it } from 'vitest';
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
import { claimAttempt, commitClaim, LostClaim } from './claim-attempt.ts';

withOutside();

async function taken() {
  const stage = await makeStage();
  const { loraModelId } = await stage.start();
  const { id } = await attemptOf(loraModelId);
  const claim = await claimAttempt(id, 'submitting', later(0));
  if (!claim) throw new Error('nobody else has it');
  return { stage, loraModelId, id, claim };
}

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
