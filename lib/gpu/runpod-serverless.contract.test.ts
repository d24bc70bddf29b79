import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type Fate,
  type RunPodServerless,
  type ServerlessJob,
  startRunPodServerless,
} from '../testing/runpod-serverless-stand-in.ts';
import { type ContractReceiver, startContractReceiver } from './contract-receiver.ts';
import type { JobInput } from './protocol.ts';
import type { GpuProvider, ProviderError } from './provider.ts';
import { describeGpuProvider, observeUntilEnd } from './provider-contract.ts';
import { createRunPodServerless, type RunPodServerlessSettings } from './runpod-serverless.ts';

const apiKey = 'rpa_for_tests';
const microUsdPerSecond = 530;
const patienceMs = 40_000;
const minute = 60_000;

function settingsFor(server: RunPodServerless): RunPodServerlessSettings {
  return {
    id: 'runpod-serverless',
    url: `${server.apiUrl}/${server.endpointId}`,
    apiKey,
    microUsdPerSecond,
    bellUrl: (attemptId) => `http://127.0.0.1:9/bell?attempt=${attemptId}`,
  };
}

describeGpuProvider('RunPod Serverless', async () => {
  const receiver = await startContractReceiver();
  const server = await startRunPodServerless(apiKey);
  return {
    provider: createRunPodServerless(settingsFor(server)),
    receiver,
    microUsdPerSecond,
    patienceMs,
    close: async () => {
      expect(server.busy()).toEqual([]);
      expect(server.faults).toEqual([]);
      expect(receiver.faults).toEqual([]);
      await server.close();
      await receiver.close();
    },
  };
});

describe('a queue endpoint of RunPod', () => {
  let receiver: ContractReceiver;
  let server: RunPodServerless;
  beforeAll(async () => {
    receiver = await startContractReceiver();
    server = await startRunPodServerless(apiKey);
    server.settings.webhookPauseMs = 10;
  });
  afterEach(() => {
    server.settings.maxWorkers = 20;
    server.troubles.length = 0;
    // Whatever a test did: its day is over, and nothing runs on.
    server.pass(7 * 24 * 60 * minute);
    expect(server.busy()).toEqual([]);
    expect(server.faults).toEqual([]);
  });
  afterAll(async () => {
    await server.close();
    await receiver.close();
  });

  const adapter = (change: Partial<RunPodServerlessSettings> = {}): GpuProvider =>
    createRunPodServerless({ ...settingsFor(server), ...change });
  const look = (job: ServerlessJob) => adapter().observe(job.id, receiver.reportOf(job.id));
  const untilEnd = async (job: ServerlessJob) =>
    (await observeUntilEnd(adapter(), job.id, patienceMs, receiver.reportOf)).at(-1);
  const until = (isSo: () => boolean) => vi.waitUntil(isSo, { interval: 10, timeout: patienceMs });

  async function submitted(fate: Fate = 'trains', input: JobInput = receiver.makeJob()) {
    server.next.fate.push(fate);
    const { externalJobId } = await adapter().submit(input);
    const job = server.jobs.get(externalJobId);
    if (!job) throw new Error('no job was made');
    return { job, input };
  }

  async function errorOf(call: Promise<unknown>): Promise<ProviderError> {
    const error = await call.then(
      () => null,
      (reason) => reason,
    );
    expect(error).toMatchObject({ name: 'ProviderError' });
    return error;
  }

  it('is told how long a training may run and wait, with the job and how to run it', async () => {
    const deadlineAt = new Date(Date.now() + 6 * 60 * minute).toISOString();
    const { job, input } = await submitted(
      'trains',
      receiver.makeJob({ limits: { maxSeconds: 600, deadlineAt } }),
    );
    // Not the ten minutes it would be by itself.
    expect(job.executionTimeoutMs).toBeGreaterThan(6 * 60 * minute);
    expect(job.executionTimeoutMs).toBeLessThan(6.5 * 60 * minute);
    expect(job.ttlMs - job.executionTimeoutMs).toBe(30 * minute);
    expect(job.webhook).toBe(`http://127.0.0.1:9/bell?attempt=${input.attemptId}`);
    expect(job.input).toMatchObject({
      job: input,
      config: { job: 'extension', config: { name: input.name } },
    });
    // It comes back in every answer: no key of ours is in it, no secret but the attempt's own.
    const told = JSON.stringify(job.input);
    expect(told).not.toContain(apiKey);
    expect(told.match(/whsec_/g)).toHaveLength(1);
  });

  it('is asked for no more time than it has, however far the deadline is', async () => {
    const deadlineAt = new Date(Date.now() + 30 * 24 * 60 * minute).toISOString();
    const limits = { maxSeconds: 600, deadlineAt };
    const { job } = await submitted('trains', receiver.makeJob({ limits }));
    expect(job.executionTimeoutMs).toBe(7 * 24 * 60 * minute);
    expect(job.ttlMs).toBe(7 * 24 * 60 * minute);
  });

  it('gets no order it would refuse for its size, nor one without a recipe', async () => {
    const before = server.requests.length;
    const caption = 'a'.repeat(10_000_000);
    const large = receiver.makeJob();
    const [image] = large.images;
    if (image) image.caption = caption;
    expect(await errorOf(adapter().submit(large))).toMatchObject({ kind: 'reject' });
    const other = receiver.makeJob();
    other.recipe.id = 'unheard-of/1';
    expect(await errorOf(adapter().submit(other))).toMatchObject({ kind: 'reject' });
    expect(server.requests).toHaveLength(before);
  });

  it.each([
    [{ status: 401 }, 'config', null],
    [{ status: 402 }, 'config', null],
    [{ status: 403 }, 'config', null],
    [{ status: 400 }, 'reject', null],
    [{ status: 429, headers: { 'retry-after': '7' } }, 'retry', 7_000],
    [{ status: 503 }, 'retry', null],
    ['html', 'retry', null],
    ['drop', 'retry', null],
  ] as const)('answering %o to an order means %s', async (answer, kind, retryAfterMs) => {
    server.troubles.push({ on: /run/, answer });
    const error = await errorOf(adapter().submit(receiver.makeJob()));
    expect(error).toMatchObject({ kind, retryAfterMs });
    expect(server.busy()).toEqual([]);
  });

  it.each(['lost', 'made-500'] as const)(
    'that took an order and answered as if not (%s) trains once when it is repeated',
    async (answer) => {
      const input = receiver.makeJob();
      server.troubles.push({ on: /run/, answer });
      expect((await errorOf(adapter().submit(input))).kind).toBe('retry');
      const { externalJobId } = await adapter().submit(input);
      const both = [...server.jobs.values()].filter((job) => {
        return (job.input as { job: JobInput }).job.attemptId === input.attemptId;
      });
      expect(both).toHaveLength(2);
      const ends = await Promise.all(both.map(async (job) => (await untilEnd(job))?.state));
      expect(ends.toSorted()).toEqual(['cancelled', 'succeeded']);
      expect(receiver.imageFetches.get(input.attemptId)).toBe(6);
      expect(both.map(({ id }) => id)).toContain(externalJobId);
    },
  );

  it('at another address has no jobs at all, and loses none by that', async () => {
    const { job } = await submitted();
    await until(() => receiver.reportOf(job.id) !== null);
    const elsewhere = adapter({ url: `${server.apiUrl}/nowhere` });
    for (const call of [
      () => elsewhere.observe(job.id, null),
      () => elsewhere.cancel(job.id),
      () => elsewhere.release(job.id),
      () => elsewhere.submit(receiver.makeJob()),
      () => elsewhere.check(),
    ]) {
      expect((await errorOf(call())).kind).toBe('config');
    }
  });

  it('sends its key nowhere else', async () => {
    const server = createServer((_, response) => {
      response.writeHead(307, { location: 'http://127.0.0.1:9/' }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect((await errorOf(adapter({ url }).submit(receiver.makeJob()))).kind).toBe('config');
    server.close();
  });

  it('row 10: a webhook that nobody took costs nothing but time', async () => {
    const { job } = await submitted();
    await until(() => job.status === 'COMPLETED' && job.webhooks.length === 3);
    expect(job.webhooks).toEqual([null, null, null]);
    expect((await look(job)).state).toBe('succeeded');
  });

  it('row 11: a result that has expired is known by what its worker had signed', async () => {
    const { job } = await submitted();
    await until(() => job.status === 'COMPLETED');
    server.pass(29 * minute);
    expect((await adapter().observe(job.id, null)).state).toBe('succeeded');
    server.pass(minute);
    expect(await adapter().observe(job.id, null)).toEqual({ state: 'not_found' });
    expect((await look(job)).state).toBe('succeeded');
  });

  it('row 11: a job that outlived its time is gone, even while it ran', async () => {
    const { job } = await submitted('hangs');
    await until(() => job.status === 'IN_PROGRESS');
    server.pass(job.executionTimeoutMs - minute);
    expect((await look(job)).state).toBe('running');
    job.executionTimeoutMs = 7 * 24 * 60 * minute;
    server.pass(32 * minute);
    expect(await look(job)).toEqual({ state: 'not_found' });
  });

  it('row 12: a job that has ended stays so, although a late update says that it runs', async () => {
    const { job } = await submitted('late-progress');
    await until(() => job.endedAt !== null);
    expect(job.status).toBe('IN_PROGRESS');
    expect((await look(job)).state).toBe('succeeded');
    await adapter().release(job.id);
    expect((await look(job)).state).toBe('succeeded');
  });

  it('row 12: a handler that is called twice trains for the attempt it has, and is heard', async () => {
    const { job, input } = await submitted('twice');
    const end = await untilEnd(job);
    expect(job.starts).toBe(2);
    expect(end?.state).toBe('succeeded');
    expect(receiver.claims.get(input.attemptId)).toBe(job.id);
    // Its second run goes on above what was heard of the first.
    const seqs = receiver.eventsOf(input.attemptId).map(({ type, seq }) => [type, seq]);
    const claims = seqs.filter(([type]) => type === 'accepted');
    expect(claims).toEqual([
      ['accepted', 1],
      ['accepted', 1],
    ]);
    const others = seqs.flatMap(([type, seq]) => (type === 'accepted' ? [] : [Number(seq)]));
    expect(others).toEqual(others.toSorted((a, b) => a - b));
    expect(new Set(others).size).toBe(others.length);
  });

  it('row 13: success is told with files, by RunPod or by the worker, and never by silence', async () => {
    const { job: mute } = await submitted('mute');
    const { job: unheard } = await submitted('result-lost');
    await until(() => mute.status === 'COMPLETED');
    // Of one no event came, of the other no result: each has its file from the other side.
    expect(receiver.reportOf(mute.id)).toMatchObject({ state: 'running' });
    expect(await look(mute)).toMatchObject({
      state: 'succeeded',
      artifacts: [{ kind: 'stored', role: 'main' }],
    });
    await until(() => receiver.reportOf(unheard.id)?.state === 'succeeded');
    expect(unheard.status).toBe('IN_PROGRESS');
    expect(await look(unheard)).toMatchObject({ state: 'succeeded' });
    // What says that it is done, and has nothing to show, has failed.
    mute.output = { status: 'done' };
    expect(await look(mute)).toMatchObject({ state: 'failed', code: 'INTERNAL', retryable: true });
    mute.output = undefined;
    expect(await look(mute)).toMatchObject({ state: 'failed' });
  });

  it('row 17: an endpoint without workers keeps a job waiting, says so, and cancels it', async () => {
    server.settings.maxWorkers = 0;
    const { job } = await submitted();
    expect(await look(job)).toEqual({ state: 'queued' });
    const checks = await adapter().check();
    expect(checks.filter(({ isFine }) => !isFine)).toMatchObject([
      { say: expect.stringContaining('Max Workers') },
    ]);
    await adapter().cancel(job.id);
    expect((await look(job)).state).toBe('cancelled');
    const idle = await adapter().check();
    expect(idle.every(({ isFine }) => isFine)).toBe(true);
    expect(JSON.stringify(idle)).toContain('Max Workers is not 0');
    expect(job.starts).toBe(0);
  });

  it('row 18: an account without money takes no order, and that is the operator’s', async () => {
    server.troubles.push({ on: /run/, answer: { status: 402 } });
    expect((await errorOf(adapter().submit(receiver.makeJob()))).kind).toBe('config');
  });

  it('row 19: one that does not answer is no job that has ended', async () => {
    const { job } = await submitted('hangs');
    for (const answer of ['drop', { status: 500 }, 'html', { status: 429 }] as const) {
      server.troubles.push({ on: /status/, answer });
      expect((await errorOf(look(job))).kind).toBe('retry');
    }
    expect((await look(job)).state).not.toBe('not_found');
    const silent = adapter({ url: 'http://127.0.0.1:9/v2/x', timeoutMs: 500 });
    expect((await errorOf(silent.observe(job.id, null))).kind).toBe('retry');
  });

  it('says what its worker reports while it runs, and begins without a word of it', async () => {
    const { job: hanging } = await submitted('hangs');
    await until(() => hanging.status === 'IN_PROGRESS');
    expect(await look(hanging)).toMatchObject({ state: 'running', progress: { step: 0 } });
    const { job } = await submitted();
    await until(() => job.events.some((event) => event.type === 'progress' && event.step > 0));
    const running = await adapter().observe(job.id, {
      state: 'running',
      progress: {
        phase: 'training',
        step: 7,
        totalSteps: 1_500,
        loss: 0.3,
        secondsPerStep: 0.4,
        gpuSeconds: 3,
      },
      samples: [],
    });
    expect(['running', 'succeeded']).toContain(running.state);
    server.settings.maxWorkers = 0;
    for (const status of ['IN_QUEUE', 'RUNNING', 'DREAMING']) {
      hanging.status = status as ServerlessJob['status'];
      const reported = { ...running, state: 'running' as const };
      expect(await adapter().observe(hanging.id, reported as typeof running)).toBe(reported);
    }
    hanging.status = 'IN_PROGRESS';
  });

  it('tells its time limit as the deadline, and what a handler raised without its traceback', async () => {
    const { job: slow } = await submitted('hangs');
    await until(() => slow.status === 'IN_PROGRESS');
    server.pass(slow.executionTimeoutMs);
    expect(await look(slow)).toMatchObject({
      state: 'failed',
      code: 'DEADLINE',
      retryable: false,
      progress: { gpuSeconds: expect.closeTo(slow.executionTimeoutMs / 1_000, -1) },
    });
    const { job: raising } = await submitted('raises');
    await until(() => raising.status === 'FAILED');
    const failed = await look(raising);
    expect(failed).toMatchObject({
      state: 'failed',
      code: 'INTERNAL',
      retryable: true,
      message: "<class 'RuntimeError'>: boom",
    });
    expect(JSON.stringify(failed)).not.toMatch(/Traceback|worker_id|handler\.py/);
    raising.error = 'Traceback (most recent call last):\n  File "/src/handler.py"';
    expect(JSON.stringify(await look(raising))).not.toContain('handler.py');
  });

  it('stops what it is told to stop, at once and for good', async () => {
    const { job, input } = await submitted();
    await until(() => job.events.some(({ type }) => type === 'progress'));
    await adapter().cancel(job.id);
    expect((await look(job)).state).toBe('cancelled');
    await adapter().release(job.id);
    expect(server.busy()).toEqual([]);
    const told = receiver.eventsOf(input.attemptId).map(({ type }) => type);
    expect(told).not.toContain('succeeded');
  });

  it('ends a job that is told by the application to stop', async () => {
    const input = receiver.makeJob();
    receiver.interfere(input.attemptId, {
      event: ({ type }) =>
        type === 'progress' ? { status: 202, body: { action: 'cancel' } } : null,
    });
    const { job } = await submitted('trains', input);
    expect((await untilEnd(job))?.state).toBe('cancelled');
    await until(() => job.status === 'COMPLETED');
    expect((await adapter().observe(job.id, null)).state).toBe('cancelled');
  });

  it('trains nothing while nobody answers its claim', async () => {
    const input = receiver.makeJob();
    receiver.interfere(input.attemptId, {
      event: ({ type }) => (type === 'accepted' ? { status: 503 } : null),
    });
    const { job } = await submitted('trains', input);
    await until(() => job.events.length >= 3);
    expect(receiver.imageFetches.get(input.attemptId)).toBeUndefined();
    receiver.interfere(input.attemptId, {});
    expect((await untilEnd(job))?.state).toBe('succeeded');
  });

  it('asks for other GPUs where the kinds it allows have none', async () => {
    const answer = {
      jobs: { completed: 0, failed: 0, inProgress: 0, inQueue: 1, retried: 0 },
      workers: { idle: 0, initializing: 0, ready: 0, running: 0, throttled: 3 },
    };
    const throttled = createServer((_, response) => response.end(JSON.stringify(answer)));
    await new Promise<void>((resolve) => throttled.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(throttled.address() as AddressInfo).port}`;
    const checks = await adapter({ url }).check();
    expect(checks).toContainEqual({ isFine: false, say: expect.stringContaining('3 workers') });
    throttled.close();
  });
});
