import { createHash, randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { db } from '../db.ts';
import { listenForBells } from '../jobs/listen-for-bells.ts';
import { sampleKey } from '../storage/keys.ts';
import { withOutside } from '../testing/outside.ts';
import { attemptOf, later, makeStage, trainingOf, worker } from '../testing/training-stage.ts';
import { signedCallback as callback } from '../testing/worker-event.ts';
import { cancelTraining } from './cancel-training.ts';
import { grantUpload } from './grant-upload.ts';
import { observeAttempt } from './observe-attempt.ts';
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

const succeeded = {
  type: 'succeeded',
  files: [{ role: 'main', key: 'attempts/x', bytes: 1, sha256: '0'.repeat(64) }],
  gpuSeconds: 1,
};

/** Whether the attempt is to be looked at by now, which it was not before somebody rang. */
async function isRung(attemptId: string): Promise<boolean> {
  const due = { id: attemptId, nextCheckAt: { lte: later(0) } };
  return (await db().trainingAttempt.count({ where: due })) === 1;
}

async function isLookedAt(attemptId: string): Promise<void> {
  const data = { nextCheckAt: later(60) };
  await db().trainingAttempt.update({ where: { id: attemptId }, data });
}

describe('receiveCallback', () => {
  it('writes the delivery down, rings the bell and changes nothing else', async () => {
    const ids = await submitted();
    const before = await trainingOf(ids.loraModelId);
    const outcome = await receiveCallback(worker(), callback(ids, { event: succeeded }));
    expect(outcome).toEqual({ kind: 'accepted', reply: { action: 'continue' } });
    expect(await isRung(ids.attemptId)).toBe(true);
    expect(await trainingOf(ids.loraModelId)).toEqual(before);
    expect(await db().webhookDelivery.count({ where: { attemptId: ids.attemptId } })).toBe(1);
  });

  it('takes the same delivery once, however often and however parallel it comes', async () => {
    const ids = await submitted();
    const same = callback(ids, { deliveryId: 'delivery-1', event: succeeded });
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, () => receiveCallback(worker(), same)),
    );
    expect(outcomes.every(({ kind }) => kind === 'accepted')).toBe(true);
    expect(await db().webhookDelivery.count({ where: { attemptId: ids.attemptId } })).toBe(1);
    expect(await isRung(ids.attemptId)).toBe(true);
    // Sent again after the bell was answered, it rings no second one.
    await isLookedAt(ids.attemptId);
    await receiveCallback(worker(), same);
    expect(await isRung(ids.attemptId)).toBe(false);
  });

  it('rings for news, not for every heartbeat', async () => {
    const ids = await submitted();
    await receiveCallback(worker(), callback(ids));
    expect(await isRung(ids.attemptId)).toBe(false);
    const { gpuSeconds } = succeeded;
    await receiveCallback(worker(), callback(ids, { event: { type: 'cancelled', gpuSeconds } }));
    expect(await isRung(ids.attemptId)).toBe(true);
  });

  it('is heard by a worker that listens, also after its connection was lost', async () => {
    let rung = 0;
    const stop = new AbortController();
    const listening = listenForBells(() => {
      rung += 1;
    }, stop.signal);
    await expect.poll(() => rung).toBe(1);
    const ids = await submitted();
    await receiveCallback(worker(), callback(ids, { event: succeeded }));
    await expect.poll(() => rung).toBe(2);
    await db().$queryRaw`SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity
                          WHERE application_name = 'likeness-bells'`;
    await expect.poll(() => rung, { timeout: 10_000 }).toBe(3);
    stop.abort();
    await listening;
  });

  it('takes none of a thousand that are forged, late or from another time', async () => {
    const ids = await submitted();
    const good = callback(ids, { event: succeeded });
    const minutes = (count: number) => new Date(Date.now() + count * 60_000);
    const outcomes = new Set<string>();
    for (let n = 0; n < 1_000; n += 1) {
      const bad = [
        { ...good, rawBody: `${good.rawBody.slice(0, -1)},"n":${n}}` },
        callback(ids, { event: succeeded, secretOf: randomUUID() }),
        callback(ids, { event: succeeded, at: minutes(-6 - n) }),
        callback(ids, { event: succeeded, at: minutes(6 + n) }),
        { ...good, headers: { ...good.headers, 'webhook-id': `other-${n}` } },
      ][n % 5];
      if (bad) outcomes.add((await receiveCallback(worker(), bad)).kind);
    }
    expect([...outcomes]).toEqual(['refused']);
    expect(await isRung(ids.attemptId)).toBe(false);
    expect(await db().webhookDelivery.count({ where: { attemptId: ids.attemptId } })).toBe(0);
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
    expect(await isRung(ids.attemptId)).toBe(false);
    expect(await db().webhookDelivery.count({ where: { attemptId: ids.attemptId } })).toBe(0);
  });

  it('takes no event that names another attempt than the one it is signed for', async () => {
    const ids = await submitted();
    const other = await submitted();
    const mixed = callback(ids, { body: callback(other).rawBody });
    await receiveCallback(worker(), mixed);
    expect(await db().webhookDelivery.count({ where: { attemptId: other.attemptId } })).toBe(0);
    expect(await isRung(other.attemptId)).toBe(false);
  });

  it('accepts what it cannot use, so that nobody sends it for ever', async () => {
    const ids = await submitted();
    for (const body of ['', 'null', '{"type":"unheard-of"}', '<html>']) {
      expect(await receiveCallback(worker(), callback(ids, { body }))).toMatchObject({
        kind: 'accepted',
      });
    }
    expect(await isRung(ids.attemptId)).toBe(false);
  });

  it('keeps what a worker says in characters that no database holds, without those', async () => {
    const ids = await submitted();
    const error = { code: 'OOM', retryable: false, message: 'a\0b\ud800c \\u0000' };
    const event = { type: 'failed', error, gpuSeconds: 1 };
    await receiveCallback(worker(), callback(ids, { event }));
    const [said] = await db().webhookDelivery.findMany({ where: { attemptId: ids.attemptId } });
    expect(said?.body).toMatchObject({ error: { message: 'ab\ufffdc \\u0000' } });
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

  const picture = Buffer.from('a picture');
  const sampleRequest = (
    ids: { loraModelId: string; attemptId: string },
    change: Record<string, unknown> = {},
  ) =>
    callback(ids, {
      body: JSON.stringify({
        protocolVersion: 1,
        trainingId: ids.loraModelId,
        attemptId: ids.attemptId,
        sample: { step: 300, index: 0 },
        contentType: 'image/png',
        bytes: picture.length,
        sha256: createHash('sha256').update(picture).digest('hex'),
        ...change,
      }),
    });

  it('gives a sample a place of its own, for exactly that picture', async () => {
    const ids = await submitted();
    const outcome = await grantUpload(worker(), sampleRequest(ids));
    if (outcome.kind !== 'granted') throw new Error(outcome.kind);
    const { url, headers, key } = outcome.grant;
    expect(key).toBe(sampleKey(ids.attemptId, 300, 0));
    const page = { ...headers, 'content-type': 'text/html' };
    for (const wrong of [
      { headers, body: Buffer.from('a pictura') },
      { headers: page, body: picture },
    ]) {
      const refused = await fetch(url, { method: 'PUT', ...wrong });
      expect(refused.status).toBeGreaterThanOrEqual(400);
    }
    expect((await fetch(url, { method: 'PUT', headers, body: picture })).status).toBe(200);
  });

  it('has no place for what is too large, of another type, or one too many of a step', async () => {
    const ids = await submitted();
    for (const change of [
      { bytes: 5_000_000 },
      { contentType: 'image/svg+xml' },
      { sample: { step: 300, index: 4 } },
      { sample: { step: -1, index: 0 } },
      { role: 'main' },
    ]) {
      expect(await grantUpload(worker(), sampleRequest(ids, change))).toEqual({
        kind: 'not_understood',
      });
    }
  });

  it('takes 40 samples of a training, and none once it has ended', async () => {
    const ids = await submitted();
    const { loraModelId, attemptId } = ids;
    await db().trainingSample.createMany({
      data: Array.from({ length: 40 }, (_, step) => ({
        loraModelId,
        attemptId,
        step,
        key: sampleKey(attemptId, step, 0),
        prompt: '',
      })),
    });
    expect(await grantUpload(worker(), sampleRequest(ids))).toEqual({ kind: 'enough' });
    expect((await grantUpload(worker(), request(ids, 'a'.repeat(64)))).kind).toBe('granted');

    const other = await submitted();
    await cancelTraining(other.stage.ctx(1), { loraModelId: other.loraModelId });
    await observeAttempt(worker(2), { attemptId: other.attemptId });
    expect(await grantUpload(worker(3), sampleRequest(other))).toEqual({ kind: 'gone' });
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
