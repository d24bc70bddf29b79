import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type RunPodStandIn, startRunPodStandIn } from '../testing/runpod-stand-in.ts';
import { type ContractReceiver, startContractReceiver } from './contract-receiver.ts';
import type { JobInput } from './protocol.ts';
import type { GpuProvider, ProviderError } from './provider.ts';
import {
  describeGpuProvider,
  observeUntilEnd,
  releaseUntilGone,
  submitUntilTaken,
} from './provider-contract.ts';
import { createRunPod, type RunPodSettings } from './runpod.ts';

const apiKey = 'rpa_for_tests';
const microUsdPerSecond = 497;
const patienceMs = 50_000;
const a100 = 'NVIDIA A100 80GB PCIe';
const l40s = 'NVIDIA L40S';

function settingsFor(server: RunPodStandIn): RunPodSettings {
  return {
    id: 'runpod',
    apiUrl: server.url,
    apiKey,
    proxyUrl: server.proxyUrl,
    image: 'ostris/aitoolkit:0.12.26',
    gpus: [l40s, a100, 'NVIDIA H100 80GB HBM3'],
    cloud: 'SECURE',
    maxCentsPerHour: 200,
    diskGb: 120,
    hfToken: '',
    masterSecret: 'a master secret of at least 32 characters',
    bootMinutes: 20,
    microUsdPerSecond,
    listEveryMs: 0,
    quietMs: 100,
  };
}

describeGpuProvider('RunPod', async () => {
  const receiver = await startContractReceiver();
  const server = await startRunPodStandIn(apiKey);
  return {
    provider: createRunPod(settingsFor(server)),
    receiver,
    microUsdPerSecond,
    patienceMs,
    close: async () => {
      expect(server.billing()).toEqual([]);
      expect(server.faults).toEqual([]);
      await server.close();
      await receiver.close();
    },
  };
});

describe('RunPod pods', () => {
  let receiver: ContractReceiver;
  let server: RunPodStandIn;
  beforeAll(async () => {
    receiver = await startContractReceiver();
    server = await startRunPodStandIn(apiKey);
  });
  afterAll(async () => {
    await server.close();
    await receiver.close();
  });
  afterEach(async () => {
    // Whatever a test did: nothing of it may go on costing, and nothing broke the description.
    Object.assign(server.next, { looksToBoot: 1, isVisible: true });
    server.withoutCapacity.clear();
    server.forbidden.clear();
    server.account.balanceUsd = 100;
    for (const { externalJobId } of await adapter().list()) await release(externalJobId);
    expect(server.billing()).toEqual([]);
    expect(server.faults).toEqual([]);
  });

  const adapter = (change: Partial<RunPodSettings> = {}): GpuProvider =>
    createRunPod({ ...settingsFor(server), ...change });
  const submit = (job: JobInput, provider = adapter()) =>
    submitUntilTaken(provider, job, patienceMs);
  const release = (externalJobId: string) => releaseUntilGone(adapter(), externalJobId, patienceMs);
  const creates = (from: number) =>
    server.requests.slice(from).filter((name) => name === 'POST /v2/pods').length;

  async function errorOf(call: Promise<unknown>): Promise<ProviderError> {
    const error = await call.then(
      () => null,
      (reason) => reason,
    );
    expect(error).toMatchObject({ name: 'ProviderError' });
    return error;
  }

  function onlyPod(name: string) {
    const [found, ...others] = server.podsOf(name);
    if (!found || others.length > 0) throw new Error(`${others.length} more pods of ${name}`);
    return found;
  }

  it('orders one pod that is locked, named and ends by itself', async () => {
    const job = receiver.makeJob();
    expect(await errorOf(adapter({ hfToken: '{{ RUNPOD_SECRET_hf }}' }).submit(job))).toMatchObject(
      {
        kind: 'busy',
        retryAfterMs: 15_000,
      },
    );
    const { pod } = onlyPod(job.name);
    expect(pod).toMatchObject({
      name: job.name,
      image: 'ostris/aitoolkit:0.12.26',
      gpu: { id: l40s, count: 1 },
      cloud: 'SECURE',
      disk: 120,
      ports: ['8675/http'],
      env: { HF_TOKEN: '{{ RUNPOD_SECRET_hf }}', HF_HUB_DISABLE_XET: '1' },
    });
    expect(pod.env.AI_TOOLKIT_AUTH).toMatch(/^[0-9a-f]{64}$/);
    const seconds = Number(pod.env.LIKENESS_MAX_SECONDS);
    expect(seconds).toBeGreaterThan(600 + 14 * 60);
    expect(seconds).toBeLessThanOrEqual(600 + 15 * 60);
    expect(pod.args).toContain('sleep "$LIKENESS_MAX_SECONDS"');
    expect(pod.args).toContain('runpodctl pod delete "$RUNPOD_POD_ID"');
    expect(pod.args).toContain('exec /start.sh');
  });

  it('gives every pod a token of its own, the same after a restart of ours', async () => {
    const jobs = [receiver.makeJob(), receiver.makeJob()];
    for (const job of jobs) await errorOf(adapter().submit(job));
    const [one, other] = jobs.map(({ name }) => onlyPod(name).pod.env.AI_TOOLKIT_AUTH);
    expect(one).not.toBe(other);
    const { externalJobId } = await submit(jobs[0] ?? receiver.makeJob());
    expect((await adapter().observe(externalJobId)).state).not.toBe('not_found');
  });

  it('asks the next GPU when the first has no capacity, which is a normal answer', async () => {
    server.withoutCapacity.add(l40s);
    const job = receiver.makeJob();
    await errorOf(adapter().submit(job));
    expect(onlyPod(job.name).pod.gpu.id).toBe(a100);
  });

  it('is busy when no GPU is free, and has made nothing', async () => {
    server.withoutCapacity.add(l40s).add(a100);
    const job = receiver.makeJob();
    const error = await errorOf(adapter().submit(job));
    expect(error).toMatchObject({ kind: 'busy', retryAfterMs: 60_000 });
    expect(error.message).toContain('no longer any instances');
    expect(server.podsOf(job.name)).toEqual([]);
  });

  it.each([
    ['a price that is too high', { maxCentsPerHour: 50 }, 'z-image-turbo'],
    ['too little memory', { gpus: ['NVIDIA GeForce RTX 4090'] }, 'one-2.1'],
    ['a GPU that does not exist', { gpus: ['NVIDIA Abacus'] }, 'z-image-turbo'],
  ] as const)('never orders for %s', async (_case, change, baseModel) => {
    const from = server.requests.length;
    const job = receiver.makeJob({ baseModel });
    expect((await errorOf(adapter(change).submit(job))).kind).toBe('config');
    expect(creates(from)).toBe(0);
  });

  it('takes the GPU with enough memory for the base model, not the first', async () => {
    const job = receiver.makeJob({ baseModel: 'one-2.2' });
    await errorOf(adapter({ gpus: ['NVIDIA GeForce RTX 4090', a100] }).submit(job));
    expect(onlyPod(job.name).pod.gpu.id).toBe(a100);
  });

  it.each(['made-500', 'lost'] as const)(
    'finds the pod of a create that was answered with "%s", and makes no second one',
    async (answer) => {
      const job = receiver.makeJob();
      const from = server.requests.length;
      server.trouble(/^POST \/v2\/pods$/, answer);
      expect(await errorOf(adapter().submit(job))).toMatchObject({
        kind: 'retry',
        retryAfterMs: 60_000,
      });
      expect(await adapter().findByName(job.name)).toMatchObject({
        isUnfinished: true,
        externalJobId: `${onlyPod(job.name).pod.id}/${job.name}`,
      });
      await submit(job);
      expect(creates(from)).toBe(1);
    },
  );

  it('orders no second pod while the list lags behind the first', async () => {
    const job = receiver.makeJob();
    const provider = adapter();
    const from = server.requests.length;
    server.next.isVisible = false;
    server.next.looksToBoot = 4;
    for (let look = 0; look < 3; look++) {
      expect(await errorOf(provider.submit(job))).toMatchObject({ kind: 'busy' });
    }
    onlyPod(job.name).isVisible = true;
    await submit(job, provider);
    expect(creates(from)).toBe(1);
  });

  it('keeps the oldest of two pods of one name, when the first came to light late', async () => {
    const job = receiver.makeJob();
    server.next.isVisible = false;
    server.trouble(/^POST \/v2\/pods$/, 'made-500');
    await errorOf(adapter().submit(job));
    server.next.isVisible = true;
    await errorOf(adapter().submit(job));
    for (const standing of server.podsOf(job.name)) standing.isVisible = true;
    await submit(job);
    const statuses = server.podsOf(job.name).map(({ pod }) => pod.status);
    expect(statuses).toEqual(['RUNNING', 'TERMINATED']);
  });

  it('does not take RUNNING for ready: the pod is still fetching its image', async () => {
    server.next.looksToBoot = 3;
    const job = receiver.makeJob();
    for (let look = 0; look < 3; look++) {
      expect((await errorOf(adapter().submit(job))).kind).toBe('busy');
    }
    expect(onlyPod(job.name).pod.status).toBe('RUNNING');
    await submit(job);
  });

  it('gives up on a pod that never boots, and asks another kind of GPU', async () => {
    server.next.looksToBoot = -1;
    const job = receiver.makeJob();
    const provider = adapter({ bootMinutes: 0 });
    expect((await errorOf(provider.submit(job))).message).toContain('did not start');
    expect(onlyPod(job.name).pod.status).toBe('TERMINATED');
    await errorOf(provider.submit(job));
    expect(server.podsOf(job.name)[1]?.pod.gpu.id).toBe(a100);
  });

  it('orders anew when a pod ended before its job was in it', async () => {
    const job = receiver.makeJob();
    await errorOf(adapter().submit(job));
    onlyPod(job.name).pod.status = 'ERROR';
    expect((await errorOf(adapter().submit(job))).kind).toBe('busy');
    await submit(job);
    expect(server.podsOf(job.name)).toHaveLength(2);
  });

  it.each([
    [{ status: 401 }, 'config'],
    [{ status: 402 }, 'config'],
    [{ status: 404 }, 'config'],
    [{ status: 422 }, 'config'],
    [{ status: 429, headers: { 'retry-after': '7' } }, 'retry'],
  ] as const)('a create answered with %o is "%s", and is not tried again', async (answer, kind) => {
    const from = server.requests.length;
    server.trouble(/^POST \/v2\/pods$/, answer);
    const error = await errorOf(adapter().submit(receiver.makeJob()));
    expect(error.kind).toBe(kind);
    expect(error.retryAfterMs).toBe('headers' in answer ? 7_000 : null);
    expect(creates(from)).toBe(1);
  });

  it('out of money or with a wrong key it is the operator’s, and fails no training', async () => {
    server.account.balanceUsd = 0;
    const broke = await errorOf(adapter().submit(receiver.makeJob()));
    expect(broke).toMatchObject({ kind: 'config' });
    expect(broke.message).toContain('insufficient balance');
    const stranger = adapter({ apiKey: 'another' });
    expect((await errorOf(stranger.list())).kind).toBe('config');
    expect((await errorOf(stranger.submit(receiver.makeJob()))).kind).toBe('config');
  });

  it('passes over a pool the key may not use, and says so when there is no other', async () => {
    server.forbidden.add(l40s);
    const job = receiver.makeJob();
    await errorOf(adapter().submit(job));
    expect(onlyPod(job.name).pod.gpu.id).toBe(a100);
    server.forbidden.add(a100);
    expect((await errorOf(adapter().submit(receiver.makeJob()))).kind).toBe('config');
  });

  it('a pod that dies in training is worth another try', async () => {
    const job = receiver.makeJob();
    const { externalJobId } = await submit(job);
    onlyPod(job.name).pod.status = 'EXITED';
    expect(await adapter().observe(externalJobId)).toMatchObject({
      state: 'failed',
      code: 'PREEMPTED',
      retryable: true,
    });
  });

  it('a pod that was started anew has lost its job', async () => {
    const job = receiver.makeJob();
    const { externalJobId } = await submit(job);
    onlyPod(job.name).toolkit.rows.clear();
    expect(await adapter().observe(externalJobId)).toMatchObject({ state: 'failed' });
  });

  it('a proxy that fails says nothing about the training', async () => {
    const job = receiver.makeJob();
    const { externalJobId } = await submit(job);
    onlyPod(job.name).looksToBoot = 1;
    expect((await errorOf(adapter().observe(externalJobId))).kind).toBe('busy');
    const end = (await observeUntilEnd(adapter(), externalJobId, patienceMs)).at(-1);
    if (end?.state !== 'succeeded') throw new Error(JSON.stringify(end));
    const [artifact] = end.artifacts;
    if (artifact?.kind !== 'remote') throw new Error('not remote');
    expect((await buffer(await artifact.open())).length).toBeGreaterThan(0);
  });

  it('ends a pod whatever its proxy says', async () => {
    const job = receiver.makeJob();
    const { externalJobId } = await submit(job);
    onlyPod(job.name).looksToBoot = -1;
    await adapter().cancel(externalJobId);
    await release(externalJobId);
    expect(onlyPod(job.name).pod.status).toBe('TERMINATED');
  });

  it('a deletion counts when the pod is in no list any more', async () => {
    const job = receiver.makeJob();
    const { externalJobId } = await submit(job);
    server.trouble(/^DELETE /, { status: 204 });
    // Said to be deleted and still there: it is deleted again, and confirmed on a later pass.
    expect(await errorOf(adapter().release(externalJobId))).toMatchObject({
      kind: 'busy',
      message: expect.stringContaining('is ending'),
    });
    expect(onlyPod(job.name).pod.status).toBe('TERMINATED');
    await adapter().release(externalJobId);
  });

  it('sees the pods of Likeness only, also those it cannot get into any more', async () => {
    const job = receiver.makeJob();
    await submit(job);
    const removeForeignPod = server.addForeignPod('mia-comfyui');
    const other = adapter({ masterSecret: 'another master secret of 32 characters' });
    const [listed, ...more] = await other.list();
    expect(listed?.name).toBe(job.name);
    expect(more).toEqual([]);
    // Its token is another one now: it is busy with nothing we hear of, and is removed all the same.
    const { externalJobId } = listed ?? { externalJobId: '' };
    expect((await errorOf(other.observe(externalJobId))).kind).toBe('busy');
    await releaseUntilGone(other, externalJobId, patienceMs);
    expect(server.billing().map(({ name }) => name)).toEqual(['mia-comfyui']);
    removeForeignPod();
  });

  it('asks for one list of pods for many looks', async () => {
    const provider = adapter({ listEveryMs: 60_000 });
    const jobs = [receiver.makeJob(), receiver.makeJob(), receiver.makeJob()];
    const ids = await Promise.all(jobs.map((job) => submit(job, provider)));
    const from = server.requests.length;
    for (const { externalJobId } of [...ids, ...ids]) await provider.observe(externalJobId);
    await provider.list();
    expect(server.requests.length - from).toBeLessThanOrEqual(1);
  });

  it('says to the operator what is not in order, and orders nothing', async () => {
    const from = server.requests.length;
    const provider = adapter({ image: 'ostris/aitoolkit', gpus: ['NVIDIA GeForce RTX 4090'] });
    const checks = await provider.check();
    expect(checks.map(({ isFine }) => isFine)).toEqual([true, false, true, true, false, false]);
    expect(checks[2]?.say).toBe('z-image-turbo/1: NVIDIA GeForce RTX 4090 (0.69 USD an hour).');
    expect(checks[5]?.say).toContain('no GPU of RUNPOD_GPUS has 48 GB');
    // Wan goes elsewhere: that it would not fit here is no trouble.
    const asked = await provider.check(['z-image-turbo', 'flux']);
    expect(asked.map(({ isFine }) => isFine)).toEqual([true, false, true, true]);
    expect(server.requests.slice(from).every((name) => name.startsWith('GET'))).toBe(true);
  });

  it('counts every second a pod is there', async () => {
    const job = receiver.makeJob();
    const { externalJobId } = await submit(job);
    onlyPod(job.name).pod.createdAt = new Date(Date.now() - 3_600_000).toISOString();
    const seen = (await observeUntilEnd(adapter(), externalJobId, patienceMs)).at(-1);
    if (seen?.state !== 'succeeded') throw new Error(JSON.stringify(seen));
    expect(seen.progress.gpuSeconds).toBeGreaterThanOrEqual(3_600);
  });
});
