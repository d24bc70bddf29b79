import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { db } from '../db.ts';
import { env } from '../env.ts';
import { attemptSecret, signEvent } from '../gpu/signature.ts';
import { withOutside } from '../testing/outside.ts';
import { attemptOf, makeStage, trainingOf, worker } from '../testing/training-stage.ts';
import { cancelTraining } from './cancel-training.ts';
import { grantUpload } from './grant-upload.ts';
import { receiveCallback } from './receive-callback.ts';
import { submitAttempt } from './submit-attempt.ts';

withOutside();

async function submitted() {
  const stage = await makeStage();
  const { loraModelId } = await stage.start();
  const { id: attemptId } = await attemptOf(loraModelId);
  await submitAttempt(worker(), { attemptId });
  await db().$executeRaw`DELETE FROM pgboss.job`;
  return { stage, loraModelId, attemptId };
}

/** An event as a worker would send it, signed with the attempt's secret unless told otherwise. */
function callback(
  ids: { loraModelId: string; attemptId: string },
  options: { secretOf?: string; deliveryId?: string; at?: Date; body?: string; seq?: number } = {},
) {
  const rawBody =
    options.body ??
    JSON.stringify({
      protocolVersion: 1,
      trainingId: ids.loraModelId,
      attemptId: ids.attemptId,
      seq: options.seq ?? 1,
      at: new Date().toISOString(),
      type: 'progress',
      phase: 'training',
      step: 1_499,
      totalSteps: 1_500,
      loss: 0.1,
      secondsPerStep: 0.01,
      gpuSeconds: 1,
    });
  const secret = attemptSecret(env().AUTH_SECRET, options.secretOf ?? ids.attemptId);
  const headers = signEvent(
    secret,
    options.deliveryId ?? randomUUID(),
    options.at ?? new Date(),
    rawBody,
  );
  return { provider: 'sandbox', attemptId: ids.attemptId, headers, rawBody };
}

async function bells(attemptId: string) {
  const rows = await db().$queryRaw<{ name: string }[]>`
    SELECT name FROM pgboss.job WHERE data->>'attemptId' = ${attemptId} AND state = 'created'`;
  return rows.map(({ name }) => name);
}

describe('receiveCallback', () => {
  it('writes the delivery down, rings the bell and changes nothing else', async () => {
    const ids = await submitted();
    const before = await trainingOf(ids.loraModelId);
    const outcome = await receiveCallback(worker(), callback(ids));
    expect(outcome).toEqual({ kind: 'accepted', reply: { action: 'continue' } });
    expect(await bells(ids.attemptId)).toEqual(['lora.attempt.observe']);
    expect(await trainingOf(ids.loraModelId)).toEqual(before);
    expect(await db().webhookDelivery.count({ where: { attemptId: ids.attemptId } })).toBe(1);
  });

  it('takes the same delivery once, however often and however parallel it comes', async () => {
    const ids = await submitted();
    const same = callback(ids, { deliveryId: 'delivery-1' });
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, () => receiveCallback(worker(), same)),
    );
    expect(outcomes.every(({ kind }) => kind === 'accepted')).toBe(true);
    expect(await db().webhookDelivery.count({ where: { attemptId: ids.attemptId } })).toBe(1);
    expect(await bells(ids.attemptId)).toHaveLength(1);
    // Sent again after the bell was answered, it rings no second one.
    await db().$executeRaw`DELETE FROM pgboss.job`;
    await receiveCallback(worker(), same);
    expect(await bells(ids.attemptId)).toEqual([]);
  });

  it('refuses what is forged, too old, too new or changed on the way', async () => {
    const ids = await submitted();
    const good = callback(ids);
    const old = callback(ids, { at: new Date(Date.now() - 10 * 60_000) });
    const future = callback(ids, { at: new Date(Date.now() + 10 * 60_000) });
    const foreign = callback(ids, { secretOf: randomUUID() });
    const changed = { ...good, rawBody: good.rawBody.replace('1499', '1500') };
    const unsigned = { ...good, headers: {} };
    for (const bad of [old, future, foreign, changed, unsigned]) {
      expect(await receiveCallback(worker(), bad)).toEqual({ kind: 'refused' });
    }
    expect(await bells(ids.attemptId)).toEqual([]);
    expect(await db().webhookDelivery.count({ where: { attemptId: ids.attemptId } })).toBe(0);
  });

  it('takes no event that names another attempt than the one it is signed for', async () => {
    const ids = await submitted();
    const other = await submitted();
    const mixed = callback(ids, { body: callback(other).rawBody });
    await receiveCallback(worker(), mixed);
    expect(await bells(other.attemptId)).toEqual([]);
  });

  it('accepts what it cannot use, so that nobody sends it for ever', async () => {
    const ids = await submitted();
    for (const body of ['', 'null', '{"type":"unheard-of"}', '<html>']) {
      expect(await receiveCallback(worker(), callback(ids, { body }))).toMatchObject({
        kind: 'accepted',
      });
    }
    expect(await bells(ids.attemptId)).toEqual([]);
  });

  it('tells the worker to stop once the creator has cancelled', async () => {
    const ids = await submitted();
    await cancelTraining(ids.stage.ctx(1), { loraModelId: ids.loraModelId });
    expect(await receiveCallback(worker(2), callback(ids))).toEqual({
      kind: 'accepted',
      reply: { action: 'cancel' },
    });
  });
});

describe('grantUpload', () => {
  const bytes = Buffer.from('an adapter');
  const request = (ids: { loraModelId: string; attemptId: string }, sha256: string) =>
    callback(ids, {
      body: JSON.stringify({
        protocolVersion: 1,
        trainingId: ids.loraModelId,
        attemptId: ids.attemptId,
        role: 'main',
        bytes: bytes.length,
        sha256,
      }),
    });

  it('gives a place for exactly the file that was named', async () => {
    const { createHash } = await import('node:crypto');
    const ids = await submitted();
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const outcome = await grantUpload(worker(), request(ids, sha256));
    if (outcome.kind !== 'granted') throw new Error(outcome.kind);
    const { url, headers, key } = outcome.grant;
    expect(key).toContain(ids.attemptId);
    const wrong = await fetch(url, { method: 'PUT', headers, body: Buffer.from('no adapter') });
    expect(wrong.status).toBeGreaterThanOrEqual(400);
    const right = await fetch(url, { method: 'PUT', headers, body: bytes });
    expect(right.status).toBe(200);
  });

  it('refuses a bad signature, nonsense, and an attempt that is over', async () => {
    const ids = await submitted();
    const good = request(ids, 'a'.repeat(64));
    expect(await grantUpload(worker(), { ...good, headers: {} })).toEqual({ kind: 'refused' });
    expect(await grantUpload(worker(), callback(ids, { body: '{}' }))).toEqual({
      kind: 'not_understood',
    });
    await db().trainingAttempt.update({
      where: { id: ids.attemptId },
      data: { state: 'ended', endedAt: new Date(), releasedAt: new Date() },
    });
    expect(await grantUpload(worker(), good)).toEqual({ kind: 'gone' });
  });
});
