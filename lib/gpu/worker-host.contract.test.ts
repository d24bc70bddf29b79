import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { baseModels } from '../lora/rules/base-models.ts';
import { rehearsalTags } from '../lora/rules/rehearsals.ts';
import { describeAdapter, readSafetensorsHeader } from '../lora/rules/safetensors.ts';
import { gpuProvider } from './choose-provider.ts';
import { type ContractReceiver, startContractReceiver } from './contract-receiver.ts';
import type { JobInput, WorkerEvent } from './protocol.ts';
import type { GpuProvider, ProviderError } from './provider.ts';
import { describeGpuProvider, observeUntilEnd } from './provider-contract.ts';
import { createWorkerHost } from './worker-host.ts';

const token = 'a token for tests';
const microUsdPerSecond = 1_108;
/** Long, because a busy machine takes its time; no test waits for it to pass. */
const patienceMs = 50_000;

interface Sandbox {
  url: string;
  directory: string;
  provider: GpuProvider;
  /** Ends the process by `signal`; its exit code, null when killed. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  /** The same directory and port again, in a new process. */
  restart(): Promise<Sandbox>;
}

function spawnSandbox(settings: Record<string, string>): ChildProcess {
  return spawn(process.execPath, ['lib/sandbox/gpu/main.ts'], {
    env: { ...process.env, SANDBOX_GPU_TOKEN: token, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

const running = new Set<ChildProcess>();
const directories = new Set<string>();

/** The real sandbox GPU in its own process, on a free port. */
async function startSandbox(
  settings: Record<string, string> = {},
  again?: { directory: string; port: string },
): Promise<Sandbox> {
  const directory = again?.directory ?? (await mkdtemp(path.join(tmpdir(), 'sandbox-gpu-')));
  directories.add(directory);
  const child = spawnSandbox({
    SANDBOX_GPU_PORT: again?.port ?? '0',
    SANDBOX_GPU_DIRECTORY: directory,
    SANDBOX_GPU_SLOTS: '20',
    SANDBOX_TRAINING_SECONDS: '1',
    SANDBOX_ADAPTER_LAYERS: '1',
    ...settings,
  });
  running.add(child);
  const said: string[] = [];
  child.stderr?.on('data', (text) => said.push(String(text)));
  let url: string | undefined;
  for await (const line of createInterface({ input: child.stdout ?? process.stdin })) {
    url = /listens on (http:\S+)\.$/.exec(line)?.[1];
    if (url) break;
  }
  if (!url) throw new Error(`The sandbox GPU did not start: ${said.join('')}`);
  const end = async (signal: NodeJS.Signals) => {
    const exit = once(child, 'exit');
    child.kill(signal);
    const [code] = await exit;
    running.delete(child);
    return code;
  };
  return {
    url,
    directory,
    provider: gpuProvider('sandbox', { sandbox: { url, token, microUsdPerSecond } }),
    end,
    restart: () => startSandbox(settings, { directory, port: new URL(url).port }),
  };
}

afterAll(async () => {
  for (const child of running) child.kill('SIGKILL');
  for (const directory of directories) await rm(directory, { recursive: true, force: true });
});

describeGpuProvider('the sandbox GPU', async () => {
  const receiver = await startContractReceiver();
  const sandbox = await startSandbox();
  return {
    provider: sandbox.provider,
    receiver,
    microUsdPerSecond,
    patienceMs,
    close: async () => {
      await sandbox.end('SIGTERM');
      await receiver.close();
    },
  };
});

const isEnd = ({ type }: WorkerEvent) => ['succeeded', 'failed', 'cancelled'].includes(type);

describe('the sandbox GPU as a worker', { concurrent: true }, () => {
  let receiver: ContractReceiver;
  let sandbox: Sandbox;
  beforeAll(async () => {
    receiver = await startContractReceiver();
    sandbox = await startSandbox();
  }, patienceMs);
  afterAll(async () => {
    await sandbox.end('SIGTERM');
    await receiver.close();
    expect(receiver.faults).toEqual([]);
  });

  async function trainToEnd(job: JobInput) {
    const { externalJobId } = await sandbox.provider.submit(job);
    const seen = await observeUntilEnd(sandbox.provider, externalJobId, patienceMs);
    return { externalJobId, end: seen.at(-1) };
  }

  const endOf = (attemptId: string) =>
    vi.waitFor(
      () => {
        const end = receiver.eventsOf(attemptId).find(isEnd);
        if (!end) throw new Error('no end yet');
        return end;
      },
      { timeout: patienceMs, interval: 20 },
    );

  it('tells the whole story, each event once and in order', async () => {
    const job = receiver.makeJob();
    const { end } = await trainToEnd(job);
    if (end?.state !== 'succeeded') throw new Error(JSON.stringify(end));
    const last = await endOf(job.attemptId);
    const events = receiver.eventsOf(job.attemptId);

    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    expect(events[0]).toMatchObject({ type: 'accepted', gpu: 'Sandbox GPU' });
    expect(events.every(({ trainingId }) => trainingId === job.trainingId)).toBe(true);

    const [main] = end.artifacts;
    if (main?.kind !== 'stored') throw new Error('not stored');
    const { kind: _kind, ...file } = main;
    expect(events.at(-2)).toMatchObject({ type: 'uploaded', file });
    expect(last).toMatchObject({ type: 'succeeded', files: [file] });
    expect(receiver.imageFetches.get(job.attemptId)).toBe(job.images.length);

    const progress = events.filter((event) => event.type === 'progress');
    expect([...new Set(progress.map(({ phase }) => phase))]).toEqual([
      'preparing',
      'caching',
      'training',
      'sampling',
      'uploading',
    ]);
    const steps = progress.map(({ step }) => step);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    expect(new Set(steps).size).toBeGreaterThan(5);
    const losses = progress.flatMap(({ loss }) => (loss === null ? [] : [loss]));
    expect(Math.min(...losses)).toBeGreaterThan(0.2);
    expect(Math.max(...losses)).toBeLessThan(0.6);
    expect(losses.slice(-3).reduce((a, b) => a + b) / 3).toBeLessThan(
      losses.slice(0, 3).reduce((a, b) => a + b) / 3,
    );
  });

  it.each(['z-image-turbo', 'flux', 'one-2.1', 'one-2.2'] as const)(
    'stores a sound adapter for %s, marked as its own',
    async (baseModel) => {
      const { rank, keyPrefix, files } = baseModels[baseModel];
      const { end } = await trainToEnd(receiver.makeJob({ baseModel }));
      if (end?.state !== 'succeeded') throw new Error(JSON.stringify(end));
      expect(end.artifacts.map(({ role }) => role)).toEqual(files);
      for (const artifact of end.artifacts) {
        if (artifact.kind !== 'stored') throw new Error('not stored');
        const opening = receiver.stored.get(artifact.key)?.opening ?? Buffer.alloc(0);
        const verdict = readSafetensorsHeader(opening, artifact.bytes);
        if (!verdict.ok) throw new Error(verdict.reason);
        expect(describeAdapter(verdict.header, { rank, keyPrefix })).toMatchObject({
          ok: true,
          adapter: {
            metadata: { sandbox: 'true', base_model: baseModel, trigger_word: 'ohwx_mara' },
          },
        });
      }
    },
  );

  it('trains on when nobody takes its events, and brings the end later', async () => {
    const job = receiver.makeJob();
    let isDown = true;
    receiver.interfere(job.attemptId, { event: () => (isDown ? { status: 500 } : null) });
    const { end } = await trainToEnd(job);
    expect(end?.state).toBe('succeeded');
    expect(receiver.eventsOf(job.attemptId)).toEqual([]);
    isDown = false;
    expect((await endOf(job.attemptId)).type).toBe('succeeded');
  });

  it('keeps quiet once it is told that its events are unwanted', async () => {
    const job = receiver.makeJob();
    let asked = 0;
    receiver.interfere(job.attemptId, {
      event: () => {
        asked++;
        return { status: 410 };
      },
    });
    const { end } = await trainToEnd(job);
    expect(end?.state).toBe('succeeded');
    expect(asked).toBe(1);
  });

  it('asks for a fresh link when an upload or its link fails', async () => {
    const job = receiver.makeJob();
    const answers = { grant: [{ status: 503 }], put: [{ status: 403 }] };
    receiver.interfere(job.attemptId, {
      grant: (request) => ('role' in request ? (answers.grant.shift() ?? null) : null),
      put: (request) => ('role' in request ? (answers.put.shift() ?? null) : null),
    });
    const { end } = await trainToEnd(job);
    expect(end?.state).toBe('succeeded');
    expect(answers).toEqual({ grant: [], put: [] });
  });

  it('hands over a sample of every checkpoint, marked, and tells of each', async () => {
    const job = receiver.makeJob();
    const { end } = await trainToEnd(job);
    if (end?.state !== 'succeeded') throw new Error(JSON.stringify(end));
    expect(end.samples.map(({ step }) => step)).toEqual([300, 600, 900, 1200, 1500]);
    for (const { key, bytes, sha256 } of end.samples) {
      expect(receiver.stored.get(key)).toMatchObject({ bytes, sha256 });
    }
    expect(new Set(end.samples.map(({ sha256 }) => sha256)).size).toBe(5);
    await endOf(job.attemptId);
    const told = receiver.eventsOf(job.attemptId).filter(({ type }) => type === 'sample');
    expect(told).toMatchObject(end.samples.map(({ step, key, prompt }) => ({ step, key, prompt })));
    const picture = receiver.stored.get(end.samples.at(-1)?.key ?? '')?.opening;
    expect(await sharp(picture).metadata()).toMatchObject({
      format: 'png',
      width: 512,
      height: 640,
    });
  });

  it('trains on without samples when they are refused', async () => {
    const job = receiver.makeJob();
    receiver.interfere(job.attemptId, {
      grant: (request) => ('sample' in request ? { status: 409 } : null),
    });
    const { end } = await trainToEnd(job);
    expect(end).toMatchObject({ state: 'succeeded', samples: [] });
    expect(end).toMatchObject({ artifacts: [{ role: 'main' }] });
  });

  it('fails when no link is granted', async () => {
    const job = receiver.makeJob();
    receiver.interfere(job.attemptId, { grant: () => ({ status: 409 }) });
    const { end } = await trainToEnd(job);
    expect(end).toMatchObject({ state: 'failed', code: 'UPLOAD_FAILED' });
    expect(await endOf(job.attemptId)).toMatchObject({ error: { code: 'UPLOAD_FAILED' } });
  });

  it('reports an image that cannot be had as worth another try', async () => {
    const job = receiver.makeJob();
    const image = job.images[2];
    if (image) image.url = `${receiver.url}/nothing`;
    const { end } = await trainToEnd(job);
    expect(end).toMatchObject({ state: 'failed', code: 'BAD_IMAGE', retryable: true });
  });

  it.each<[string, (now: number) => JobInput['limits']]>([
    [
      'at its deadline',
      (now) => ({ maxSeconds: 600, deadlineAt: new Date(now + 400).toISOString() }),
    ],
    [
      'past its deadline',
      (now) => ({ maxSeconds: 600, deadlineAt: new Date(now - 400).toISOString() }),
    ],
  ])('stops by itself %s', async (_name, limits) => {
    const job = receiver.makeJob({ limits: limits(Date.now()) });
    const { end } = await trainToEnd(job);
    expect(end).toMatchObject({ state: 'failed', code: 'DEADLINE' });
    expect(await endOf(job.attemptId)).toMatchObject({ error: { code: 'DEADLINE' } });
  });

  describe('rehearsals', () => {
    const rehearse = (rehearsal: (typeof rehearsalTags)[number]) => receiver.makeJob({ rehearsal });

    it('no-capacity: is busy, always', async () => {
      const job = rehearse('no-capacity');
      for (let i = 0; i < 2; i++) {
        await expect(sandbox.provider.submit(job)).rejects.toMatchObject({ kind: 'busy' });
      }
      expect(await sandbox.provider.findByName(job.name)).toBeNull();
    });

    it('stall: stops at 40 % and says nothing more, yet can be cancelled', async () => {
      const job = rehearse('stall');
      const { externalJobId } = await sandbox.provider.submit(job);
      await vi.waitFor(
        async () => {
          const seen = await sandbox.provider.observe(externalJobId);
          expect(seen).toMatchObject({ state: 'running', progress: { step: 600 } });
        },
        { timeout: patienceMs, interval: 20 },
      );
      await vi.waitFor(() =>
        expect(receiver.eventsOf(job.attemptId).at(-1)).toMatchObject({ step: 600 }),
      );
      const told = receiver.eventsOf(job.attemptId).length;
      // Another job of the same length begins and ends meanwhile.
      expect((await trainToEnd(receiver.makeJob())).end?.state).toBe('succeeded');
      expect(receiver.eventsOf(job.attemptId)).toHaveLength(told);
      expect(await sandbox.provider.observe(externalJobId)).toMatchObject({
        state: 'running',
        progress: { step: 600 },
      });
      await sandbox.provider.cancel(externalJobId);
      expect((await sandbox.provider.observe(externalJobId)).state).toBe('cancelled');
    });

    it('duplicate-callbacks: every event twice and out of order', async () => {
      const job = rehearse('duplicate-callbacks');
      expect((await trainToEnd(job)).end?.state).toBe('succeeded');
      const ofThisJob = () =>
        receiver.deliveries.filter(({ event }) => event.attemptId === job.attemptId);
      await vi.waitFor(
        () => {
          const ends = ofThisJob().filter(({ event }) => isEnd(event));
          expect(ends).toHaveLength(2);
          expect(ofThisJob().length % 2).toBe(0);
        },
        { timeout: patienceMs, interval: 20 },
      );
      const seqs = ofThisJob().map(({ event }) => event.seq);
      expect(seqs).not.toEqual([...seqs].sort((a, b) => a - b));
      for (const seq of new Set(seqs)) {
        const copies = ofThisJob().filter(({ event }) => event.seq === seq);
        expect(copies.length).toBeGreaterThanOrEqual(2);
        expect(new Set(copies.map(({ deliveryId }) => deliveryId)).size).toBe(1);
        expect(copies[1]?.event).toEqual(copies[0]?.event);
      }
      // Something older still arrives after the end.
      const afterTheEnd = seqs.slice(seqs.indexOf(Math.max(...seqs)));
      expect(Math.min(...afterTheEnd)).toBeLessThan(Math.max(...seqs));
    });

    it('out-of-memory: fails at 30 %, not worth another try', async () => {
      const job = rehearse('out-of-memory');
      const { end } = await trainToEnd(job);
      expect(end).toMatchObject({
        state: 'failed',
        code: 'OOM',
        retryable: false,
        progress: { step: 450 },
      });
      expect(await endOf(job.attemptId)).toMatchObject({
        error: { code: 'OOM', retryable: false },
      });
    });

    it('broken-file: succeeds with a file that is not safetensors', async () => {
      const { end } = await trainToEnd(rehearse('broken-file'));
      if (end?.state !== 'succeeded') throw new Error(JSON.stringify(end));
      const [artifact] = end.artifacts;
      if (artifact?.kind !== 'stored') throw new Error('not stored');
      const stored = receiver.stored.get(artifact.key);
      expect(stored).toMatchObject({ bytes: artifact.bytes, sha256: artifact.sha256 });
      expect(readSafetensorsHeader(stored?.opening ?? Buffer.alloc(0), artifact.bytes)).toEqual({
        ok: false,
        reason: 'not_safetensors',
      });
    });

    it('mute: trains without a word', async () => {
      const job = rehearse('mute');
      expect((await trainToEnd(job)).end?.state).toBe('succeeded');
      expect(receiver.eventsOf(job.attemptId)).toEqual([]);
    });

    it('has one for every tag', () => {
      expect([...rehearsalTags].sort()).toEqual([
        'broken-file',
        'duplicate-callbacks',
        'mute',
        'no-capacity',
        'out-of-memory',
        'stall',
      ]);
    });
  });

  it('refuses a job that breaks the contract', async () => {
    const job = { ...receiver.makeJob(), name: 'not-ours' };
    await expect(sandbox.provider.submit(job)).rejects.toMatchObject({ kind: 'reject' });
    const extra = { ...receiver.makeJob(), surprise: 1 };
    await expect(sandbox.provider.submit(extra)).rejects.toMatchObject({ kind: 'reject' });
  });

  it('refuses another token, and answers about its health without one', async () => {
    const settings = { id: 'sandbox', url: sandbox.url, microUsdPerSecond };
    for (const wrong of ['', 'another', `${token}x`]) {
      const stranger = createWorkerHost({ ...settings, token: wrong });
      await expect(stranger.list()).rejects.toMatchObject({ kind: 'config' });
      await expect(stranger.submit(receiver.makeJob())).rejects.toMatchObject({ kind: 'config' });
    }
    const health = await fetch(`${sandbox.url}/health`);
    expect(await health.json()).toEqual({ status: 'ok', protocolVersion: 1 });
  });
});

describe('the sandbox GPU as a process', { concurrent: true, timeout: 120_000 }, () => {
  let receiver: ContractReceiver;
  beforeAll(async () => {
    receiver = await startContractReceiver();
  });
  afterAll(async () => {
    await receiver.close();
  });

  it.each(['SIGKILL', 'SIGTERM'] as const)(
    'goes on after %s from the step it had',
    async (signal) => {
      const first = await startSandbox({ SANDBOX_TRAINING_SECONDS: '3' });
      const job = receiver.makeJob();
      const { externalJobId } = await first.provider.submit(job);
      const stepBefore = await vi.waitFor(
        async () => {
          const seen = await first.provider.observe(externalJobId);
          if (seen.state !== 'running' || seen.progress.step < 500) throw new Error('not yet');
          return seen.progress.step;
        },
        { timeout: patienceMs, interval: 20 },
      );
      expect(await first.end(signal)).toBe(signal === 'SIGTERM' ? 0 : null);
      const told = receiver.eventsOf(job.attemptId).length;

      const second = await first.restart();
      const seen = await observeUntilEnd(second.provider, externalJobId, patienceMs);
      expect(seen[0]).toMatchObject({ state: 'running' });
      for (const observation of seen) {
        if ('progress' in observation)
          expect(observation.progress.step).toBeGreaterThanOrEqual(stepBefore);
      }
      expect(seen.at(-1)?.state).toBe('succeeded');
      await vi.waitFor(() => expect(receiver.eventsOf(job.attemptId).some(isEnd)).toBe(true), {
        timeout: patienceMs,
      });
      const events = receiver.eventsOf(job.attemptId);
      const seqs = events.map(({ seq }) => seq);
      expect(events.length).toBeGreaterThan(told);
      expect(new Set(seqs).size).toBe(seqs.length);
      expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
      expect(events.filter(({ type }) => type === 'accepted')).toHaveLength(1);
      expect(receiver.imageFetches.get(job.attemptId)).toBe(job.images.length);
      expect(receiver.faults).toEqual([]);
      expect(await second.provider.submit(job)).toEqual({ externalJobId });
      await second.end('SIGTERM');
    },
  );

  it('beats its heart, and stops when the answer says so', async () => {
    const sandbox = await startSandbox({ SANDBOX_TRAINING_SECONDS: '20' });
    const job = receiver.makeJob();
    receiver.interfere(job.attemptId, {
      event: ({ type, seq }) =>
        type === 'heartbeat' && seq > 5 ? { status: 200, body: { action: 'cancel' } } : null,
    });
    const { externalJobId } = await sandbox.provider.submit(job);
    const seen = await observeUntilEnd(sandbox.provider, externalJobId, patienceMs);
    expect(seen.at(-1)?.state).toBe('cancelled');
    await vi.waitFor(
      () => expect(receiver.eventsOf(job.attemptId).at(-1)).toMatchObject({ type: 'cancelled' }),
      { timeout: patienceMs, interval: 20 },
    );
    const heartbeats = receiver.eventsOf(job.attemptId).filter(({ type }) => type === 'heartbeat');
    expect(heartbeats.length).toBeGreaterThan(0);
    expect([...receiver.stored.keys()].some((key) => key.includes(job.attemptId))).toBe(false);
    await sandbox.end('SIGTERM');
  });

  it('stops by itself when its GPU time is spent', async () => {
    const sandbox = await startSandbox({ SANDBOX_TRAINING_SECONDS: '20' });
    const limits = { ...receiver.makeJob().limits, maxSeconds: 1 };
    const { externalJobId } = await sandbox.provider.submit(receiver.makeJob({ limits }));
    const seen = await observeUntilEnd(sandbox.provider, externalJobId, patienceMs);
    expect(seen.at(-1)).toMatchObject({ state: 'failed', code: 'DEADLINE' });
    await sandbox.end('SIGTERM');
  });

  it('brings an end that nobody took before it was killed', async () => {
    const job = receiver.makeJob();
    receiver.interfere(job.attemptId, { event: () => ({ status: 503 }) });
    const first = await startSandbox();
    const { externalJobId } = await first.provider.submit(job);
    await observeUntilEnd(first.provider, externalJobId, patienceMs);
    await first.end('SIGKILL');
    receiver.interfere(job.attemptId, {});
    const second = await first.restart();
    await vi.waitFor(
      () => expect(receiver.eventsOf(job.attemptId).map(({ type }) => type)).toEqual(['succeeded']),
      { timeout: patienceMs, interval: 20 },
    );
    await second.end('SIGTERM');
  });

  it('lets a job wait while all its slots are taken', async () => {
    const sandbox = await startSandbox({ SANDBOX_GPU_SLOTS: '1' });
    const first = await sandbox.provider.submit(receiver.makeJob({ rehearsal: 'stall' }));
    const second = await sandbox.provider.submit(receiver.makeJob());
    const third = await sandbox.provider.submit(receiver.makeJob());
    expect((await sandbox.provider.observe(first.externalJobId)).state).toBe('running');
    expect(await sandbox.provider.observe(second.externalJobId)).toEqual({ state: 'queued' });
    await sandbox.provider.cancel(third.externalJobId);
    expect((await sandbox.provider.observe(third.externalJobId)).state).toBe('cancelled');
    await sandbox.provider.cancel(first.externalJobId);
    const seen = await observeUntilEnd(sandbox.provider, second.externalJobId, patienceMs);
    expect(seen.at(-1)?.state).toBe('succeeded');
    await sandbox.end('SIGTERM');
  });

  it.each([
    ['a port that is taken', 'SANDBOX_GPU_PORT', 98],
    ['no directory', 'SANDBOX_GPU_DIRECTORY', 1],
    ['no token', 'SANDBOX_GPU_TOKEN', 1],
    ['a number that is none', 'SANDBOX_TRAINING_SECONDS', 1],
  ])('says what is wrong with %s', async (_name, variable, exitCode) => {
    const directory = await mkdtemp(path.join(tmpdir(), 'sandbox-gpu-'));
    directories.add(directory);
    const settings = { SANDBOX_GPU_PORT: '0', SANDBOX_GPU_DIRECTORY: directory };
    const wrong = {
      SANDBOX_GPU_PORT: new URL(receiver.url).port,
      SANDBOX_TRAINING_SECONDS: 'soon',
    };
    const child = spawnSandbox({
      ...settings,
      [variable]: variable in wrong ? wrong[variable as keyof typeof wrong] : '',
    });
    let said = '';
    child.stderr?.on('data', (text) => {
      said += text;
    });
    const [code] = await once(child, 'close');
    expect(code).toBe(exitCode);
    expect(said).toMatch(new RegExp(`^[^\\n]*\\b${variable}\\b[^\\n]*\\.\\n$`));
  });
});

describe('createWorkerHost, when the host misbehaves', () => {
  /** One answer for every request. */
  async function against(
    listener: RequestListener,
    call: (provider: GpuProvider) => Promise<unknown>,
  ) {
    const server = createServer(listener);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
    try {
      const provider = createWorkerHost({
        id: 'sandbox',
        url,
        token,
        microUsdPerSecond,
        timeoutMs: 500,
      });
      return await call(provider).then(
        (value) => ({ value }),
        ({ name, kind, retryAfterMs }: ProviderError) => ({ name, kind, retryAfterMs }),
      );
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }
  const list = (provider: GpuProvider) => provider.list();
  const observe = (provider: GpuProvider) => provider.observe('a-job');
  const answering =
    (status: number, body: unknown = {}, headers: Record<string, string> = {}): RequestListener =>
    (_request, response) => {
      response
        .writeHead(status, headers)
        .end(typeof body === 'string' ? body : JSON.stringify(body));
    };

  const job = {
    id: 'a-job',
    name: 'likeness-00000000-a1',
    state: 'running',
    createdAt: '2026-11-22T12:00:00Z',
    progress: {
      phase: 'training',
      step: 1,
      totalSteps: 2,
      loss: null,
      secondsPerStep: null,
      gpuSeconds: 1,
    },
    files: [],
    error: null,
  };

  it.each<[string, number, unknown, Record<string, string>, ProviderError['kind'], number | null]>([
    [
      'no capacity',
      503,
      { error: 'no_capacity', message: 'No GPU.' },
      { 'retry-after': '7' },
      'busy',
      7_000,
    ],
    ['unavailable', 503, 'Service unavailable', { 'retry-after': '3' }, 'retry', 3_000],
    ['broken', 500, '', {}, 'retry', null],
    ['too many requests', 429, '', { 'retry-after': '120' }, 'retry', 120_000],
    ['a wait without end', 429, '', { 'retry-after': '9999999' }, 'retry', 600_000],
    [
      'a wait until a day gone by',
      429,
      '',
      { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' },
      'retry',
      0,
    ],
    ['a wait in words', 429, '', { 'retry-after': 'soon' }, 'retry', null],
    ['a wrong token', 401, '', {}, 'config', null],
    ['out of money', 402, '', {}, 'config', null],
    ['forbidden', 403, '', {}, 'config', null],
    ['a redirect', 307, '', { location: 'http://127.0.0.1:1/' }, 'config', null],
    ["somebody else's 404", 404, '<html>Not found</html>', {}, 'config', null],
    ['a bad request', 400, { error: 'invalid_job', message: 'x' }, {}, 'reject', null],
    ['unprocessable', 422, '', {}, 'reject', null],
    ['not JSON', 200, '<html>', {}, 'retry', null],
    ['another shape', 200, { id: 'a-job' }, {}, 'retry', null],
    ['success without a file', 200, { ...job, state: 'succeeded' }, {}, 'retry', null],
    ['failure without an error', 200, { ...job, state: 'failed' }, {}, 'retry', null],
    [
      'an unknown error code',
      200,
      { ...job, state: 'failed', error: { code: 'X' } },
      {},
      'retry',
      null,
    ],
    ['more than a megabyte', 200, `"${'x'.repeat(1_100_000)}"`, {}, 'retry', null],
  ])('%s', async (_name, status, body, headers, kind, retryAfterMs) => {
    expect(await against(answering(status, body, headers), observe)).toEqual({
      name: 'ProviderError',
      kind,
      retryAfterMs,
    });
  });

  it('knows how a job does whatever its host says about samples', async () => {
    const running = { state: 'running', progress: job.progress, samples: [] };
    for (const samples of ['many', [{ step: 'soon' }], Array(41).fill({}), null]) {
      expect(await against(answering(200, { ...job, samples }), observe)).toEqual({
        value: running,
      });
    }
    const sample = {
      step: 1,
      index: 0,
      key: 'attempts/a/samples/1-0',
      contentType: 'image/webp',
      bytes: 10,
      sha256: 'a'.repeat(64),
      prompt: '',
    };
    expect(await against(answering(200, { ...job, samples: [sample] }), observe)).toEqual({
      value: { ...running, samples: [sample] },
    });
  });

  it('takes no page for the word that a job was stopped or removed', async () => {
    const page = answering(200, '<html>Maintenance</html>');
    const unsure = { name: 'ProviderError', kind: 'retry', retryAfterMs: null };
    expect(await against(page, (provider) => provider.cancel('a-job'))).toEqual(unsure);
    expect(await against(page, (provider) => provider.release('a-job'))).toEqual(unsure);
    const gone = answering(404, { error: 'not_found', message: 'x' });
    expect(await against(gone, (provider) => provider.cancel('a-job'))).toEqual({});
    expect(await against(gone, (provider) => provider.release('a-job'))).toEqual({});
  });

  it('takes a 404 for an answer only where there can be one', async () => {
    const missing = answering(404, { error: 'not_found', message: 'x' });
    expect(await against(missing, observe)).toEqual({ value: { state: 'not_found' } });
    expect(await against(missing, list)).toMatchObject({ kind: 'config' });
  });

  it('finds no job in a list that ignores the name', async () => {
    const ignoring = answering(200, { jobs: [job] });
    const other = (provider: GpuProvider) => provider.findByName('likeness-11111111-a1');
    expect(await against(ignoring, other)).toEqual({ value: null });
  });

  it('gives up on a host that does not answer, or stops in the middle', async () => {
    const late = { name: 'ProviderError', kind: 'retry', retryAfterMs: null };
    expect(await against(() => {}, list)).toEqual(late);
    const stuck: RequestListener = (_request, response) => {
      response.writeHead(200).write('{"jobs":');
    };
    expect(await against(stuck, list)).toEqual(late);
    const torn: RequestListener = (_request, response) => {
      response
        .writeHead(200, { 'content-length': '100' })
        .write('{"jobs":', () => response.destroy());
    };
    expect(await against(torn, list)).toEqual(late);
  });

  it('says retry when nothing listens', async () => {
    const provider = createWorkerHost({
      id: 'x',
      url: 'http://127.0.0.1:1',
      token,
      microUsdPerSecond,
    });
    await expect(provider.list()).rejects.toMatchObject({ name: 'ProviderError', kind: 'retry' });
  });

  it('does not send its token elsewhere', async () => {
    const asked: (string | undefined)[] = [];
    const elsewhere = createServer((request, response) => {
      asked.push(request.headers.authorization);
      response.end('{"jobs":[]}');
    }).listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    const address = elsewhere.address();
    const location = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`;
    await against(answering(302, '', { location }), list);
    elsewhere.close();
    expect(asked).toEqual([]);
  });

  it('knows only the providers that are configured', () => {
    const config = { sandbox: { url: 'http://127.0.0.1:1', token, microUsdPerSecond } };
    expect(gpuProvider('sandbox', config).id).toBe('sandbox');
    expect(() => gpuProvider('runpod', config)).toThrow(
      expect.objectContaining({ kind: 'config' }),
    );
  });
});
