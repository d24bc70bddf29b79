import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemContext } from '../context.ts';
import { auditLedger } from '../credits/audit-ledger.ts';
import { db } from '../db.ts';
import { env } from '../env.ts';
import { routeOf } from '../gpu/configured-provider.ts';
import { bellToken } from '../gpu/signature.ts';
import { paths } from '../paths.ts';
import { loraFileKey } from '../storage/keys.ts';
import { changeSettings } from '../testing/change-settings.ts';
import {
  type Fate,
  type RunPodServerless,
  type ServerlessJob,
  startRunPodServerless,
} from '../testing/runpod-serverless-stand-in.ts';
import { startStore } from '../testing/start-store.ts';
import { attemptOf, makeStage, noon, trainingOf } from '../testing/training-stage.ts';
import { startWorkerDoors } from '../testing/worker-doors.ts';
import { signedCallback } from '../testing/worker-event.ts';
import { cancelTraining } from './cancel-training.ts';
import { pollProviders } from './poll-provider.ts';
import { reapOrphans } from './reap-orphans.ts';
import { receiveCallback } from './receive-callback.ts';
import { submitAttempt } from './submit-attempt.ts';
import { sweepAttempts } from './sweep-attempts.ts';

// Whole trainings, and on a busy machine they take their time.
vi.setConfig({ testTimeout: 60_000 });

const minute = 60_000;
/** For what must come, however loaded the machine is. */
const patiently = { interval: 20, timeout: 20_000 };
/** Undoes what `beforeAll` started, newest first. */
const started: (() => Promise<unknown>)[] = [];
let server: RunPodServerless;

beforeAll(async () => {
  const doors = await startWorkerDoors();
  started.unshift(doors.close);
  server = await startRunPodServerless('rpa_for_tests');
  started.unshift(server.close);
  changeSettings({
    GPU_PROVIDER: 'runpod-serverless',
    RUNPOD_API_KEY: 'rpa_for_tests',
    RUNPOD_SERVERLESS_URL: server.apiUrl,
    RUNPOD_SERVERLESS_ENDPOINT: server.endpointId,
    RUNPOD_SERVERLESS_MICRO_USD_PER_SECOND: '530',
    AUTH_SECRET: 'a secret of at least thirty-two characters',
    CALLBACK_URL: doors.url,
  });
  const store = await startStore();
  started.unshift(store.stop);
  expect(env().GPU_PROVIDER).toBe('runpod-serverless');
});
afterAll(async () => {
  for (const stop of started) await stop();
});

/** How far our clock is ahead of the machine's; RunPod's goes with it. */
let aheadMs = 0;
const clock = () => new Date(Date.now() + aheadMs);
function pass(ms: number): void {
  aheadMs += ms;
  server.pass(ms);
}

beforeEach(async () => {
  aheadMs = 0;
  server.settings.maxWorkers = 20;
  server.settings.webhookPauseMs = 20;
  server.troubles.length = 0;
  server.next.fate.length = 0;
  server.requests.length = 0;
  await db().gpuProvider.deleteMany();
  // What an earlier test left open is not to be tried again with the jobs of this one.
  await db().trainingAttempt.updateMany({ data: { nextCheckAt: null } });
});
afterEach(async () => {
  expect(await auditLedger()).toEqual([]);
  server.pass(7 * 24 * 60 * minute);
  server.jobs.clear();
  expect(server.faults).toEqual([]);
});

async function training(...fates: Fate[]) {
  server.next.fate.push(...fates);
  const stage = await makeStage({ withObjects: true });
  const { loraModelId } = await stage.start({}, (Date.now() - noon.getTime()) / 1_000);
  return { stage, loraModelId };
}

/** Sweeps, half a minute later each time or more, until `isOver` says so. */
async function sweepUntil(isOver: () => Promise<boolean> | boolean, stepMs = minute / 2) {
  await expect
    .poll(
      async () => {
        await sweepAttempts(clock);
        if (await isOver()) return true;
        pass(stepMs);
        return false;
      },
      { timeout: 50_000, interval: 50 },
    )
    .toBe(true);
}

const is = (loraModelId: string, wanted: string) => async () =>
  (await trainingOf(loraModelId)).status === wanted;
const released = (loraModelId: string) => async () =>
  (await attemptOf(loraModelId)).releasedAt !== null;
const runs = () => server.requests.filter((line) => line.endsWith('/run')).length;

function jobOf(loraModelId: string, at = 0): ServerlessJob {
  const job = [...server.jobs.values()].filter((known) =>
    JSON.stringify(known.input).includes(loraModelId),
  )[at];
  if (!job) throw new Error('no such job');
  return job;
}

const breaker = () => db().gpuProvider.findUnique({ where: { id: 'runpod-serverless' } });

/** RunPod is known to be away, and it is time to try it once. */
async function breaks() {
  const id = 'runpod-serverless';
  const trouble = { openUntil: new Date(0), openSeconds: 30, failures: 5, trouble: 'away' };
  const update = { ...trouble, reapedAt: null };
  await db().gpuProvider.upsert({ where: { id }, create: { id, ...trouble }, update });
}

async function settlements(loraModelId: string) {
  const where = { loraModelId, holdId: { not: null } };
  const lines = await db().creditLine.findMany({ where, select: { kind: true } });
  return lines.map(({ kind }) => kind);
}

describe('a training on RunPod Serverless', () => {
  it('is ready with its file, its samples, its cost, and nothing left to run', async () => {
    const { loraModelId } = await training();
    await sweepUntil(is(loraModelId, 'ready'));
    await sweepUntil(released(loraModelId));
    const attempt = await attemptOf(loraModelId);
    const job = jobOf(loraModelId);
    expect(attempt).toMatchObject({
      provider: 'runpod-serverless',
      endpoint: `${server.apiUrl}/${server.endpointId}`,
      externalJobId: job.id,
      claimedJobId: job.id,
      microUsdPerSecond: 530,
      rentedSince: null,
    });
    expect(attempt.gpuSeconds).toBeGreaterThan(0);
    expect(attempt.gpuCostMicroUsd).toBe(BigInt(Math.round(attempt.gpuSeconds * 530)));
    expect(await db().loraFile.count({ where: { loraModelId } })).toBe(1);
    expect(await db().trainingSample.count({ where: { loraModelId } })).toBeGreaterThan(0);
    expect(server.busy()).toEqual([]);
    await vi.waitUntil(() => job.webhooks.length > 0, patiently);
    expect(job.webhooks).toEqual([200]);
    expect(await settlements(loraModelId)).toEqual(['capture']);
  });

  it('whose submit was cut off is submitted again: both jobs start, one trains, one settlement', async () => {
    const { loraModelId, stage } = await training();
    server.settings.maxWorkers = 0;
    server.troubles.push({ on: /run/, answer: 'lost' });
    await sweepUntil(() => runs() === 2);
    expect(await attemptOf(loraModelId)).toMatchObject({ claimedJobId: null });
    const pair = [jobOf(loraModelId), jobOf(loraModelId, 1)];
    server.settings.maxWorkers = 2;
    await sweepUntil(is(loraModelId, 'ready'));
    await vi.waitUntil(() => pair.every(({ status }) => status === 'COMPLETED'), patiently);
    expect(pair.map(({ starts }) => starts)).toEqual([1, 1]);
    const own = (await attemptOf(loraModelId)).claimedJobId;
    const [loser] = pair.filter(({ id }) => id !== own);
    expect(loser?.events.map(({ type }) => type)).toEqual(['accepted', 'cancelled']);
    expect(loser?.output).toMatchObject({ type: 'cancelled' });
    expect(await settlements(loraModelId)).toEqual(['capture']);
    expect((await stage.balance()).totalCredits).toBe(78_000);
    expect(runs()).toBe(2);
  });

  it('whose job claimed before its submit was known is not submitted again', async () => {
    const { loraModelId } = await training();
    server.troubles.push({ on: /run/, answer: 'lost' });
    const { id: attemptId } = await attemptOf(loraModelId);
    await submitAttempt(systemContext('worker', clock()), { attemptId });
    await vi.waitUntil(async () => (await attemptOf(loraModelId)).claimedJobId !== null, patiently);
    await sweepUntil(is(loraModelId, 'ready'));
    expect(runs()).toBe(1);
    expect((await attemptOf(loraModelId)).externalJobId).toBe(jobOf(loraModelId).id);
  });

  it.each(['twice', 'result-lost', 'late-progress', 'mute'] as const)(
    'ends ready, once, when its job is of the kind %s',
    async (fate) => {
      const { loraModelId } = await training(fate);
      await sweepUntil(is(loraModelId, 'ready'));
      await sweepUntil(released(loraModelId));
      expect(await settlements(loraModelId)).toEqual(['capture']);
      expect(runs()).toBe(1);
      expect(server.busy()).toEqual([]);
    },
  );

  it('is ready although every webhook of RunPod was lost and its result has expired', async () => {
    const { loraModelId } = await training();
    await sweepUntil(async () => (await attemptOf(loraModelId)).state === 'submitted', 100);
    await vi.waitUntil(() => jobOf(loraModelId).status === 'COMPLETED', patiently);
    pass(31 * minute);
    expect(server.jobs.size).toBe(0);
    await sweepUntil(is(loraModelId, 'ready'));
    expect(runs()).toBe(1);
  });

  it('row 11: is asked where it was started, whatever the settings say since', async () => {
    const elsewhere = await startRunPodServerless('rpa_for_tests', 'older');
    const { loraModelId } = await training();
    const { id: attemptId } = await attemptOf(loraModelId);
    const endpoint = `${elsewhere.apiUrl}/older`;
    await db().trainingAttempt.update({ where: { id: attemptId }, data: { endpoint } });
    expect(routeOf('z-image-turbo').endpoint).not.toBe(endpoint);
    await sweepUntil(is(loraModelId, 'ready'));
    await sweepUntil(released(loraModelId));
    expect(elsewhere.jobs.size).toBe(1);
    expect(server.requests).toEqual([]);
    await elsewhere.close();
  });

  it('row 17: that waits for ever fails without a charge, and its job never trains', async () => {
    server.settings.maxWorkers = 0;
    const { loraModelId, stage } = await training();
    await sweepUntil(is(loraModelId, 'failed'), 5 * minute);
    expect(await trainingOf(loraModelId)).toMatchObject({ failureReason: 'GPU_UNAVAILABLE' });
    await sweepUntil(released(loraModelId));
    const job = jobOf(loraModelId);
    expect(job.status).toBe('CANCELLED');
    server.settings.maxWorkers = 1;
    server.pass(minute);
    expect(job.starts).toBe(0);
    expect(await stage.balance()).toMatchObject({ availableCredits: 100_000, reservedCredits: 0 });
  });

  it('row 19: whose worker says nothing for an hour is lost, and its job is ended', async () => {
    const { loraModelId } = await training('hangs');
    await sweepUntil(is(loraModelId, 'failed'), 10 * minute);
    expect(await trainingOf(loraModelId)).toMatchObject({ failureReason: 'GPU_LOST' });
    await sweepUntil(released(loraModelId));
    expect(jobOf(loraModelId).status).toBe('CANCELLED');
    expect(await settlements(loraModelId)).toEqual(['release']);
  });

  it('whose handler raises is tried three times, and nobody is shown a traceback', async () => {
    const { loraModelId, stage } = await training('raises', 'raises', 'raises');
    await sweepUntil(is(loraModelId, 'failed'));
    expect(await trainingOf(loraModelId)).toMatchObject({ failureReason: 'INTERNAL' });
    expect(runs()).toBe(3);
    const attempts = await db().trainingAttempt.findMany({ where: { loraModelId } });
    const notices = await db().notification.findMany({ where: { userId: stage.user.id } });
    expect(JSON.stringify(attempts.map(({ lastError }) => lastError))).not.toContain('Traceback');
    expect(JSON.stringify(notices)).not.toMatch(/Traceback|RuntimeError|boom/);
  });

  it('row 13: is not ready by a report alone: a file that is not in our store is none', async () => {
    const { loraModelId } = await training('hangs');
    const { id: attemptId } = await attemptOf(loraModelId);
    await sweepUntil(async () => (await attemptOf(loraModelId)).state === 'submitted');
    const sha256 = '0'.repeat(64);
    const key = loraFileKey(attemptId, 'main', sha256);
    const lie = {
      type: 'succeeded',
      files: [{ role: 'main', key, bytes: 10, sha256 }],
      gpuSeconds: 1,
      externalJobId: jobOf(loraModelId).id,
    };
    await receiveCallback(
      systemContext('worker', clock()),
      signedCallback({ loraModelId, attemptId }, { event: lie, seq: 1_000 }),
    );
    await sweepUntil(is(loraModelId, 'ready'));
    expect(await db().trainingAttempt.findUnique({ where: { id: attemptId } })).toMatchObject({
      outcome: 'resubmit',
      lastError: 'main: not in the store',
    });
    expect((await attemptOf(loraModelId)).number).toBe(2);
  });

  it('that is cancelled ends its job, whether it waits or trains', async () => {
    server.settings.trainingSeconds = 20;
    const { loraModelId, stage } = await training();
    await sweepUntil(is(loraModelId, 'training'));
    await cancelTraining({ ...stage.ctx(), now: clock() }, { loraModelId });
    await sweepUntil(is(loraModelId, 'cancelled'));
    await sweepUntil(released(loraModelId));
    server.settings.trainingSeconds = 0.6;
    expect(server.busy()).toEqual([]);
    expect(await settlements(loraModelId)).toEqual(['release']);
  });

  it('is looked at by itself in a crowd, and no list that asks nobody closes a breaker', async () => {
    server.settings.maxWorkers = 0;
    const crowd = [];
    for (let n = 0; n < 5; n += 1) crowd.push(await training());
    await sweepUntil(() => runs() === 5);
    await breaks();
    pass(minute);
    expect(await pollProviders(clock)).toEqual([]);
    await reapOrphans(systemContext('worker', clock()));
    expect(await breaker()).toMatchObject({ trouble: 'away' });
    server.settings.maxWorkers = 20;
    await sweepUntil(is(crowd[0]?.loraModelId ?? '', 'ready'));
    expect(await breaker()).toMatchObject({ trouble: null });
  });

  it('is not looked for before it is submitted: that would ask nobody, and close a breaker', async () => {
    const { loraModelId } = await training();
    const { id: attemptId } = await attemptOf(loraModelId);
    await breaks();
    server.troubles.push({ on: /run/, answer: 'drop' });
    await submitAttempt(systemContext('worker', clock()), { attemptId });
    expect(runs()).toBe(1);
    expect(await breaker()).toMatchObject({ trouble: 'away' });
  });

  it('has a bell that needs its token, takes nothing from the body, and rings for it alone', async () => {
    const { loraModelId } = await training('hangs');
    await sweepUntil(async () => (await attemptOf(loraModelId)).state === 'submitted');
    const { id: attemptId } = await attemptOf(loraModelId);
    const ring = async (attempt: string, token: string) => {
      const address = `${env().CALLBACK_URL}${paths.trainingBell()}`;
      const body = JSON.stringify({ status: 'COMPLETED', output: { files: [] }, id: attemptId });
      const url = `${address}?attempt=${attempt}&token=${token}`;
      return (await fetch(url, { method: 'POST', body })).status;
    };
    const later = new Date(Date.now() + 3_600_000);
    const wait = () =>
      db().trainingAttempt.update({ where: { id: attemptId }, data: { nextCheckAt: later } });
    const before = await wait();
    const own = bellToken(env().AUTH_SECRET, attemptId);
    for (const wrong of ['', `${own}x`, bellToken(env().AUTH_SECRET, randomUUID())]) {
      expect(await ring(attemptId, wrong)).toBe(401);
    }
    expect(await attemptOf(loraModelId)).toEqual(before);
    expect(await ring(attemptId, own)).toBe(200);
    const { nextCheckAt } = await attemptOf(loraModelId);
    expect(nextCheckAt?.getTime()).toBeLessThanOrEqual(Date.now());
    expect(await attemptOf(loraModelId)).toEqual({ ...before, nextCheckAt });
    // Of an attempt that was deleted there is nothing to look at.
    const gone = randomUUID();
    expect(await ring(gone, bellToken(env().AUTH_SECRET, gone))).toBe(200);
  });
});
