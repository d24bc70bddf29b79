import { randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AiToolkitStandIn, startAiToolkitStandIn } from '../testing/ai-toolkit-stand-in.ts';
import { createAiToolkit } from './ai-toolkit.ts';
import { type ContractReceiver, startContractReceiver } from './contract-receiver.ts';
import type { JobInput } from './protocol.ts';
import type { GpuProvider, Observation, ProviderError } from './provider.ts';
import { describeGpuProvider, observeUntilEnd } from './provider-contract.ts';

const token = 'a-token-for-tests';
const microUsdPerSecond = 500;
const patienceMs = 50_000;

describeGpuProvider('AI Toolkit', async () => {
  const receiver = await startContractReceiver();
  const server = await startAiToolkitStandIn(token);
  return {
    provider: createAiToolkit({
      id: 'ai-toolkit',
      url: server.url,
      token,
      microUsdPerSecond,
      quietMs: 100,
    }),
    receiver,
    microUsdPerSecond,
    patienceMs,
    close: async () => {
      await server.close();
      await receiver.close();
    },
  };
});

describe('AI Toolkit as it was seen to behave', () => {
  let receiver: ContractReceiver;
  let server: AiToolkitStandIn;
  let provider: GpuProvider;
  beforeAll(async () => {
    receiver = await startContractReceiver();
    server = await startAiToolkitStandIn(token);
    provider = adapter();
  });
  afterAll(async () => {
    await server.close();
    await receiver.close();
  });

  function adapter(change: { url?: string; token?: string; timeoutMs?: number } = {}) {
    return createAiToolkit({
      id: 'ai-toolkit',
      url: server.url,
      token,
      microUsdPerSecond,
      quietMs: 100,
      ...change,
    });
  }

  async function errorOf(call: Promise<unknown>): Promise<ProviderError> {
    const error = await call.then(
      () => null,
      (reason) => reason,
    );
    expect(error).toMatchObject({ name: 'ProviderError' });
    return error;
  }

  const finish = async (name: string): Promise<Observation | undefined> =>
    (await observeUntilEnd(provider, name, patienceMs)).at(-1);

  async function succeeded(name: string) {
    const end = await finish(name);
    if (end?.state !== 'succeeded') throw new Error(JSON.stringify(end));
    return end;
  }

  async function release(name: string): Promise<void> {
    await expect
      .poll(() => provider.release(name).then(() => 'gone', String), { timeout: patienceMs })
      .toBe('gone');
    expect(server.remains(name)).toBe(false);
  }

  /** Submits while no time passes there: the job is in the queue. */
  async function submitAsleep(change: Partial<JobInput> = {}): Promise<JobInput> {
    server.pause();
    const job = receiver.makeJob(change);
    await provider.submit(job);
    return job;
  }

  it('gives every picture a name of its own beside its caption, a few a request', async () => {
    const job = receiver.makeJob();
    const first = job.images[0];
    if (first) first.caption = `ohwx_mara, \${HF_TOKEN} --steps 9\nsmiles`;
    const from = server.requests.length;
    await provider.submit(job);
    const folder = `${server.roots.datasets}/${job.name.replaceAll('-', '_')}`;
    const names = [...server.files.keys()].filter((path) => path.startsWith(folder));
    expect(names.map((path) => path.slice(folder.length + 1)).sort()).toEqual(
      [1, 2, 3, 4, 5, 6].flatMap((n) => [`000${n}.txt`, `000${n}.webp`]),
    );
    expect(server.files.get(`${folder}/0001.txt`)?.toString()).toBe('ohwx_mara, steps 9 smiles');
    const uploads = server.requests.slice(from).filter((name) => name.includes('/upload'));
    expect(uploads).toHaveLength(2);
    await release(job.name);
  });

  it('asks the server where its folders lie, and names row, config and reference alike', async () => {
    const job = await submitAsleep();
    const row = server.row(job.name);
    const { config } = JSON.parse(row.job_config);
    expect(row).toMatchObject({ job_ref: job.name, gpu_ids: '0', total_steps: null });
    expect(config.name).toBe(job.name);
    expect(config.process[0].training_folder).toBe(server.roots.training);
    server.resume();
    await release(job.name);
  });

  it('a started job only waits: the queue is started after it, every time', async () => {
    for (let round = 0; round < 2; round++) {
      const job = receiver.makeJob();
      await provider.submit(job);
      await succeeded(job.name);
      await expect.poll(() => server.queues.get('0')?.is_running).toBe(false);
      await release(job.name);
    }
  });

  it('gives a job to one GPU alone, the one with the shortest queue', async () => {
    server.hardware.gpus = 2;
    const jobs = [await submitAsleep(), await submitAsleep(), await submitAsleep()];
    server.hardware.gpus = 1;
    expect(jobs.map(({ name }) => server.row(name).gpu_ids)).toEqual(['0', '1', '0']);
    server.resume();
    for (const { name } of jobs) await release(name);
  });

  it('starts a queue again that has stopped by itself before it saw the job', async () => {
    const job = await submitAsleep();
    const queue = server.queues.get('0');
    if (queue) queue.is_running = false;
    server.resume();
    await succeeded(job.name);
    await release(job.name);
  });

  it('starts what was made and never started, because somebody died in between', async () => {
    const job = receiver.makeJob();
    server.trouble(/\/start$/, 'drop');
    expect((await errorOf(provider.submit(job))).kind).toBe('retry');
    expect(server.row(job.name).status).toBe('stopped');
    expect(await provider.findByName(job.name)).toMatchObject({ externalJobId: job.name });
    await succeeded(job.name);
    await release(job.name);
  });

  it('makes no second job when the answer to the first is lost', async () => {
    const job = receiver.makeJob();
    server.trouble(/^POST \/api\/jobs$/, 'lost');
    expect((await errorOf(provider.submit(job))).kind).toBe('retry');
    await provider.submit(job);
    const rows = [...server.rows.values()].filter(({ name }) => name === job.name);
    expect(rows).toHaveLength(1);
    await succeeded(job.name);
    await release(job.name);
  });

  it('never starts a job that runs, or it would run twice', async () => {
    const job = receiver.makeJob();
    server.strike(job.name, { kind: 'hang' });
    await provider.submit(job);
    await expect.poll(() => server.row(job.name).status).toBe('running');
    await provider.submit(job);
    expect(server.row(job.name).status).toBe('running');
    await release(job.name);
  });

  it('a name that is taken by somebody else’s job is an error and not ours', async () => {
    const job = await submitAsleep();
    server.row(job.name).job_ref = null;
    expect(await provider.findByName(job.name)).toMatchObject({ isUnfinished: true });
    expect((await errorOf(provider.submit(job))).kind).toBe('retry');
    server.row(job.name).job_ref = job.name;
    server.resume();
    await release(job.name);
  });

  it('takes a null with status 200 for a job that is gone', async () => {
    const job = receiver.makeJob();
    await provider.submit(job);
    server.rows.delete(server.row(job.name).id);
    expect(await provider.observe(job.name)).toEqual({ state: 'not_found' });
    expect(server.remains(job.name)).toBe(true);
    await expect.poll(() => server.processes.size, { timeout: patienceMs }).toBe(0);
    await provider.release(job.name);
  });

  it.each(['', '.', '..', '../datasets', 'mia', 'likeness-a/../../mia'])(
    'never sends "%s" as a name, which might erase folders',
    async (name) => {
      const isThere = server.addForeignData();
      const from = server.requests.length;
      expect(await provider.observe(name)).toEqual({ state: 'not_found' });
      expect(await provider.findByName(name)).toBeNull();
      await provider.cancel(name);
      await provider.release(name);
      expect(server.requests.slice(from)).toEqual([]);
      expect(isThere()).toBe(true);
    },
  );

  it('removes its own and leaves what is somebody else’s', async () => {
    const isThere = server.addForeignData();
    const job = receiver.makeJob();
    await provider.submit(job);
    expect((await provider.list()).map(({ name }) => name)).toEqual([job.name]);
    await succeeded(job.name);
    await release(job.name);
    expect(isThere()).toBe(true);
    expect(await provider.list()).toEqual([]);
  });

  it('a job in the queue is cancelled in its table; told to stop it would run all the same', async () => {
    const job = await submitAsleep();
    const from = server.requests.length;
    await provider.cancel(job.name);
    expect(server.requests.slice(from).some((name) => name.endsWith('/stop'))).toBe(false);
    expect((await provider.observe(job.name)).state).toBe('cancelled');
    server.resume();
    await release(job.name);
  });

  it('waits for a process that is told to stop before it removes what it writes to', async () => {
    const job = receiver.makeJob();
    server.strike(job.name, { kind: 'hang' });
    await provider.submit(job);
    await expect.poll(() => server.row(job.name).step).toBeGreaterThan(0);
    server.pause();
    expect((await errorOf(provider.release(job.name))).kind).toBe('busy');
    expect(server.row(job.name)).toMatchObject({ status: 'stopped', info: 'Stopping job...' });
    server.resume();
    await release(job.name);
    expect(server.processes.size).toBe(0);
  });

  it('frees a row that says running for ever, and the queue behind it', async () => {
    const stuck = receiver.makeJob();
    const next = receiver.makeJob();
    server.strike(stuck.name, { kind: 'killed', noticed: false });
    await provider.submit(stuck);
    await provider.submit(next);
    await expect.poll(() => server.processes.size, { timeout: patienceMs }).toBe(0);
    expect(await provider.observe(stuck.name)).toMatchObject({ state: 'running' });
    expect(await provider.observe(next.name)).toEqual({ state: 'queued' });
    await release(stuck.name);
    await succeeded(next.name);
    await release(next.name);
  });

  it('does not send a stop to a job that has ended: its number may be another process’ by now', async () => {
    const job = receiver.makeJob();
    await provider.submit(job);
    await succeeded(job.name);
    await provider.cancel(job.name);
    expect(server.row(job.name)).toMatchObject({ stop: false, info: 'Training completed' });
    await release(job.name);
  });

  it.each([
    ['CUDA out of memory. Tried to allocate 20.00 MiB', 'OOM', false],
    ['Loss is nan', 'NAN_LOSS', true],
    ['cannot identify image file 0001.webp', 'BAD_IMAGE', false],
    ['[Errno 28] No space left on device', 'INTERNAL', false],
    ['Error while deserializing header', 'INTERNAL', true],
  ])('an exception "%s" is %s', async (info, code, retryable) => {
    const job = receiver.makeJob();
    server.strike(job.name, { kind: 'error', info });
    await provider.submit(job);
    expect(await finish(job.name)).toMatchObject({
      state: 'failed',
      code,
      retryable,
      message: info,
    });
    await release(job.name);
  });

  it('a process that was killed is worth another try', async () => {
    const job = receiver.makeJob();
    server.strike(job.name, { kind: 'killed', noticed: true });
    await provider.submit(job);
    expect(await finish(job.name)).toMatchObject({ code: 'PREEMPTED', retryable: true });
    await release(job.name);
  });

  it('takes an unknown status for a job that runs', async () => {
    const job = await submitAsleep();
    Object.assign(server.row(job.name), { status: 'contemplating', step: 7, info: 'Thinking' });
    expect(await provider.observe(job.name)).toMatchObject({
      state: 'running',
      progress: { phase: 'preparing', step: 7, totalSteps: 1_500 },
    });
    server.row(job.name).status = 'queued';
    server.resume();
    await release(job.name);
  });

  it('picks the finished file among checkpoints that sort before and after it', async () => {
    for (const baseModel of ['flux', 'one-2.2'] as const) {
      const job = receiver.makeJob({ baseModel });
      await provider.submit(job);
      const { artifacts } = await succeeded(job.name);
      const folder = `${server.roots.training}/${job.name}`;
      expect(
        [...server.files.keys()].filter((path) => path.startsWith(folder)).length,
      ).toBeGreaterThan(3);
      for (const artifact of artifacts) {
        if (artifact.kind !== 'remote') throw new Error('not remote');
        const part = artifact.role === 'main' ? '' : `_${artifact.role}`;
        const path = `${folder}/${job.name}${part}.safetensors`;
        server.files.set(path, Buffer.from(`the ${artifact.role} file`));
      }
      const again = await succeeded(job.name);
      for (const artifact of again.artifacts) {
        if (artifact.kind !== 'remote') throw new Error('not remote');
        expect(String(await buffer(await artifact.open()))).toBe(`the ${artifact.role} file`);
      }
      await release(job.name);
    }
  });

  it('hands over no file where the right one is missing, whatever else lies there', async () => {
    const job = receiver.makeJob();
    const files = {
      [`${job.name}_high_noise.safetensors`]: Buffer.from('a'),
      [`${job.name}_low_noise.safetensors`]: Buffer.from('b'),
      'optimizer.pt': Buffer.from('c'),
    };
    server.strike(job.name, { kind: 'files', files });
    await provider.submit(job);
    expect((await succeeded(job.name)).artifacts).toEqual([]);
    await release(job.name);
  });

  it('takes a broken download up where it broke', async () => {
    const job = receiver.makeJob();
    await provider.submit(job);
    const [artifact] = (await succeeded(job.name)).artifacts;
    if (artifact?.kind !== 'remote') throw new Error('not remote');
    server.trouble(/^GET \/api\/files\//, 'cut');
    server.trouble(/^GET \/api\/files\//, 'cut');
    server.trouble(/^GET \/api\/files\//, 524);
    const from = server.requests.length;
    const whole = await buffer(await artifact.open());
    const path = `${server.roots.training}/${job.name}/${job.name}.safetensors`;
    expect(whole).toEqual(server.files.get(path));
    // A proxy may keep a file for a day: another one of that name would have another size.
    const address = `GET /api/files/${encodeURIComponent(path)}?v=${whole.length}`;
    expect(new Set(server.requests.slice(from))).toEqual(new Set([address]));
    await release(job.name);
  });

  it('does not pass on a file that is shorter or longer than it was said to be', async () => {
    const job = receiver.makeJob();
    await provider.submit(job);
    const [artifact] = (await succeeded(job.name)).artifacts;
    if (artifact?.kind !== 'remote') throw new Error('not remote');
    const path = `${server.roots.training}/${job.name}/${job.name}.safetensors`;
    const whole = server.files.get(path) ?? Buffer.alloc(0);
    for (const bytes of [whole.subarray(1), Buffer.concat([whole, whole]), null]) {
      if (bytes) server.files.set(path, bytes);
      else server.files.delete(path);
      const error = await errorOf(artifact.open().then((body) => buffer(body)));
      expect(error.kind).toBe('retry');
    }
    await release(job.name);
  });

  it('tells loss, pace and time from what the trainer noted, and goes on without', async () => {
    const job = receiver.makeJob();
    server.strike(job.name, { kind: 'hang' });
    await provider.submit(job);
    await expect.poll(() => server.row(job.name).step).toBeGreaterThan(400);
    const { progress } = (await provider.observe(job.name)) as Extract<
      Observation,
      { state: 'running' }
    >;
    expect(progress).toMatchObject({ phase: 'training', totalSteps: 1_500, secondsPerStep: 0.02 });
    expect(progress.loss).toBeCloseTo(0.5, 1);
    expect(progress.gpuSeconds).toBeGreaterThan(0);
    server.trouble(/\/loss\?/, 500);
    expect(await provider.observe(job.name)).toMatchObject({
      state: 'running',
      progress: { loss: null },
    });
    await release(job.name);
  });

  it('shows the pictures of a submit that was cut off, so that they can be removed', async () => {
    const job = receiver.makeJob();
    server.trouble(/^POST \/api\/jobs$/, 'drop');
    expect((await errorOf(provider.submit(job))).kind).toBe('retry');
    const left = {
      externalJobId: job.name,
      name: job.name,
      createdAt: new Date(0),
      isUnfinished: true,
    };
    expect(await provider.findByName(job.name)).toEqual(left);
    expect(await provider.list()).toEqual([{ ...left, observation: null }]);
    await provider.release(job.name);
    expect(server.remains(job.name)).toBe(false);
  });

  it('refuses a recipe it does not know, before anything is sent', async () => {
    const job = receiver.makeJob();
    const from = server.requests.length;
    const unknown = { ...job, recipe: { ...job.recipe, id: 'z-image-turbo/99' } };
    expect(await errorOf(provider.submit(unknown))).toMatchObject({
      kind: 'reject',
      code: 'INTERNAL',
    });
    const foreign = { ...job, recipe: { ...job.recipe, id: 'flux/1' } };
    expect((await errorOf(provider.submit(foreign))).kind).toBe('reject');
    expect(server.requests.slice(from)).toEqual([]);
  });

  it.each([
    ['an empty 500', 500, 'retry'],
    ['a proxy that gave up', 524, 'retry'],
    ['a proxy in front of nothing', 502, 'retry'],
    ['another program at that address', { status: 404, body: '<html>404</html>' }, 'config'],
    ['a redirect to a sign-in page', 302, 'config'],
    ['a page with status 200', { status: 200, body: '<html>hello</html>' }, 'retry'],
    ['a list that is none', { status: 200, body: '{"jobs":7}' }, 'retry'],
    ['a connection that breaks', 'cut', 'retry'],
    ['no answer', 'drop', 'retry'],
  ] as const)('%s is "%s", nothing else', async (_case, answer, kind) => {
    server.trouble(/^GET \/api\/jobs\?job_type/, answer);
    expect((await errorOf(provider.list())).kind).toBe(kind);
  });

  it('a wrong token is the operator’s and fails no training', async () => {
    const stranger = adapter({ token: 'another' });
    for (const call of [
      () => stranger.list(),
      () => stranger.submit(receiver.makeJob()),
      () => stranger.observe(`likeness-${randomUUID()}-a1`),
    ]) {
      expect((await errorOf(call())).kind).toBe('config');
    }
  });

  it('does not wait for a server that says nothing', async () => {
    server.trouble(/^GET \/api\/jobs\?job_type/, 'silent');
    expect((await errorOf(adapter({ timeoutMs: 50 }).list())).kind).toBe('retry');
  });
});
