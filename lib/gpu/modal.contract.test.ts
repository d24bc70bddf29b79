import { Status } from 'nice-grpc';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Container, type ModalStandIn, startModalStandIn } from '../testing/modal-stand-in.ts';
import { runVendorWorker } from '../testing/vendor-worker.ts';
import { type ContractReceiver, startContractReceiver } from './contract-receiver.ts';
import { createModal, type ModalSettings } from './modal.ts';
import { jobInputSchema, type WorkerEvent } from './protocol.ts';
import type { GpuProvider, Observation, ProviderError } from './provider.ts';
import { describeGpuProvider, observeUntilEnd } from './provider-contract.ts';

const microUsdPerSecond = 694;
const patienceMs = 40_000;

/** The worker of every container: as an operator's would, from what the function was called with. */
async function worker({ callId, input, killed }: Container, loses?: (e: WorkerEvent) => boolean) {
  const { job, config } = input as { job: unknown; config: unknown };
  // Python has no `undefined`, and the worker writes the config down as JSON.
  expect(JSON.parse(JSON.stringify(input))).toStrictEqual(input);
  expect(config).toMatchObject({ config: { process: [{ training_folder: 'output' }] } });
  return runVendorWorker({
    job: jobInputSchema.parse(job),
    externalJobId: callId,
    trainingSeconds: 0.6,
    signal: killed,
    loses,
  });
}

/** Of each attempt, which events never arrive. */
const losing = new Map<string, (event: WorkerEvent) => boolean>();

let server: ModalStandIn;
beforeAll(async () => {
  server = await startModalStandIn((container) =>
    worker(container, (event) => losing.get(event.attemptId)?.(event) ?? false),
  );
  // The SDK reads it itself, when the first call is made.
  process.env.MODAL_SERVER_URL = server.url;
});
afterAll(async () => {
  expect(server.faults).toEqual([]);
  await server.close();
});

function adapter(change: Partial<ModalSettings> = {}): GpuProvider {
  return createModal({
    id: 'modal',
    tokenId: server.token.id,
    tokenSecret: server.token.secret,
    url: 'modal:///likeness/train',
    microUsdPerSecond,
    ...change,
  });
}

describeGpuProvider('Modal', async () => {
  const receiver = await startContractReceiver();
  return {
    provider: adapter(),
    receiver,
    microUsdPerSecond,
    patienceMs,
    close: async () => {
      expect(server.running()).toEqual([]);
      expect(receiver.faults).toEqual([]);
      await receiver.close();
    },
  };
});

describe('Modal', () => {
  let receiver: ContractReceiver;
  beforeAll(async () => {
    receiver = await startContractReceiver();
  });
  afterAll(() => receiver.close());
  afterEach(async () => {
    Object.assign(server.behaviour, { isFull: false, knowsKeys: false });
    Object.assign(server.deployed, { environment: '', inputFormats: [1, 4] });
    for (const id of server.running()) await adapter().release(id);
    expect(receiver.faults).toEqual([]);
  });

  /** A call that waits for a container, and so does nothing until the test says so. */
  async function waitingCall(): Promise<string> {
    server.behaviour.isFull = true;
    const { externalJobId } = await adapter().submit(receiver.makeJob());
    return externalJobId;
  }

  const reported: Observation = {
    state: 'running',
    progress: {
      phase: 'training',
      step: 300,
      totalSteps: 1_500,
      loss: 0.3,
      secondsPerStep: 0.4,
      gpuSeconds: 120,
    },
    samples: [],
  };
  const { progress } = reported;

  async function errorOf(call: Promise<unknown>): Promise<ProviderError> {
    const error = await call.then(
      () => null,
      (reason) => reason,
    );
    expect(error).toMatchObject({ name: 'ProviderError' });
    return error;
  }

  describe('what a look at a call means', () => {
    it('not finished: queued, and running once its worker has said so', async () => {
      const call = await waitingCall();
      expect(await adapter().observe(call)).toEqual({ state: 'queued' });
      expect(await adapter().observe(call, reported)).toEqual(reported);
    });

    it('result expired: looks as if it was not finished', async () => {
      const call = await waitingCall();
      server.end(call, 'failure');
      server.expire(call);
      expect(await adapter().observe(call)).toEqual({ state: 'queued' });
      expect(await adapter().observe(call, reported)).toEqual(reported);
    });

    it('GENERIC_STATUS_TIMEOUT: over its time, at the end of what it had', async () => {
      const call = await waitingCall();
      server.end(call, 'timeout');
      expect(await adapter().observe(call, reported)).toMatchObject({
        state: 'failed',
        code: 'DEADLINE',
        retryable: false,
        progress,
      });
    });

    it.each(['failure', 'init'] as const)('%s: broken, and worth another run', async (how) => {
      const call = await waitingCall();
      server.end(call, how);
      const seen = await adapter().observe(call, reported);
      expect(seen).toMatchObject({ state: 'failed', code: 'INTERNAL', retryable: true, progress });
      expect(seen).toHaveProperty('message', `Remote error: ${how} of a test`);
    });

    it('TERMINATED: cancelled for who has cancelled it, broken for anybody else', async () => {
      const call = await waitingCall();
      const ours = adapter();
      await ours.cancel(call);
      expect(await ours.observe(call, reported)).toEqual({ state: 'cancelled', progress });
      expect(await adapter().observe(call, reported)).toMatchObject({ code: 'INTERNAL' });
    });

    it('INTERNAL_FAILURE: taken away by Modal', async () => {
      const call = await waitingCall();
      server.end(call, 'internal');
      expect(await adapter().observe(call)).toMatchObject({
        state: 'failed',
        code: 'PREEMPTED',
        retryable: true,
        progress: { step: 0 },
      });
    });

    it('a pickled result: something else is deployed there, which the operator hears', async () => {
      const call = await waitingCall();
      server.end(call, 'pickle');
      expect(await errorOf(adapter().observe(call, reported))).toMatchObject({ kind: 'config' });
    });

    it('an end that was reported counts, whatever Modal says', async () => {
      const call = await waitingCall();
      server.end(call, 'failure');
      const end: Observation = { state: 'cancelled', progress: reported.progress };
      expect(await adapter().observe(call, end)).toEqual(end);
    });

    it('unknown call: not found, and nothing to cancel', async () => {
      expect(await adapter().observe('fc-0123456789')).toEqual({ state: 'not_found' });
      await adapter().cancel('fc-0123456789');
      await adapter().release('fc-0123456789');
    });

    it('unknown function: for the operator, with where it should be', async () => {
      server.deployed.environment = 'main';
      const submit = await errorOf(
        adapter({ url: 'modal://dev/likeness/train' }).submit(makeJob()),
      );
      expect(submit).toMatchObject({ kind: 'config' });
      expect(submit.message).toContain('dev/likeness/train');
      const check = await errorOf(adapter().check());
      expect(check).toMatchObject({ kind: 'config' });
      expect((await adapter({ url: 'modal://main/likeness/train' }).check())[0]?.isFine).toBe(true);
    });
  });

  const makeJob = () => receiver.makeJob();

  it('knows the end by the result when not one event of it arrived', async () => {
    const job = makeJob();
    losing.set(job.attemptId, ({ type }) => type === 'succeeded');
    const { externalJobId } = await adapter().submit(job);
    const seen = await observeUntilEnd(adapter(), externalJobId, patienceMs, receiver.reportOf);
    expect(seen.at(-1)).toMatchObject({
      state: 'succeeded',
      progress: { step: 1_500, totalSteps: 1_500 },
      artifacts: [{ kind: 'stored', role: 'main' }],
    });
    expect(receiver.eventsOf(job.attemptId).at(-1)?.type).not.toBe('succeeded');
  });

  it('a preempted call starts again on the same input, and claims its attempt again', async () => {
    const job = makeJob();
    const { externalJobId } = await adapter().submit(job);
    await expect.poll(() => receiver.imageFetches.get(job.attemptId) ?? 0).toBeGreaterThan(0);
    server.restart(externalJobId);
    const seen = await observeUntilEnd(adapter(), externalJobId, patienceMs, receiver.reportOf);
    expect(seen.at(-1)?.state).toBe('succeeded');
    const claims = receiver.eventsOf(job.attemptId).filter(({ type }) => type === 'accepted');
    expect(claims.map((event) => event.externalJobId)).toEqual([externalJobId, externalJobId]);
    expect(server.calls.get(externalJobId)?.starts).toBe(2);
  });

  it('a container that dies again and again never ends by itself; ended, it starts no more', async () => {
    const call = await waitingCall();
    server.start(call);
    for (let crash = 0; crash < 3; crash += 1) server.restart(call);
    expect((await adapter().observe(call)).state).toBe('queued');
    await adapter().release(call);
    expect(server.running()).toEqual([]);
  });

  it('spawns once where the answer was lost, and with a key by which Modal may know it', async () => {
    const job = makeJob();
    const before = server.calls.size;
    server.behaviour.knowsKeys = true;
    server.trouble('functionMap', 'lost');
    expect(await errorOf(adapter().submit(job))).toMatchObject({ kind: 'retry' });
    expect(server.calls.size).toBe(before + 1);
    const { externalJobId } = await adapter().submit(job);
    expect([...server.calls.keys()].slice(before)).toEqual([externalJobId]);
  });

  it('puts an input of more than 8 KiB where Modal wants it, and sends the rest as it is', async () => {
    const before = server.requests.length;
    const images = Array.from({ length: 20 }, () => makeJob().images).flat();
    const job = receiver.makeJob({ images: images.slice(0, 50) });
    const { externalJobId } = await adapter().submit(job);
    expect(server.requests.slice(before)).toContain('blobCreate');
    expect(server.calls.get(externalJobId)?.input).toMatchObject({ job });
  });

  it('says how its function is doing', async () => {
    await waitingCall();
    const [check] = await adapter().check();
    expect(check?.say).toMatch(/^The token is accepted\..* 0 containers run, \d+ calls wait\.$/);
  });

  it.each([
    ['UNAUTHENTICATED', 'config'],
    ['PERMISSION_DENIED', 'config'],
    ['FAILED_PRECONDITION', 'config'],
    ['RESOURCE_EXHAUSTED', 'retry'],
    ['INVALID_ARGUMENT', 'reject'],
  ] as const)('%s means %s', async (status, kind) => {
    server.trouble('functionMap', Status[status]);
    expect((await errorOf(adapter().submit(makeJob()))).kind).toBe(kind);
  });

  it('asks again where Modal was away for a moment, and gives up in time', async () => {
    const call = await waitingCall();
    server.trouble('functionGetOutputs', Status.UNAVAILABLE);
    expect((await adapter().observe(call)).state).toBe('queued');
    server.trouble('functionGetOutputs', 'hang');
    const before = Date.now();
    const error = await errorOf(adapter({ timeoutMs: 300 }).observe(call));
    expect(error.kind).toBe('retry');
    expect(Date.now() - before).toBeLessThan(5_000);
  });

  it('comes again when Modal says so, and not when that would take too long', async () => {
    const call = await waitingCall();
    server.trouble('functionGetOutputs', { retryAfterSeconds: 0.3 });
    expect((await adapter().observe(call)).state).toBe('queued');
    server.trouble('functionGetOutputs', { retryAfterSeconds: 60 });
    const before = Date.now();
    expect(await errorOf(adapter().observe(call))).toMatchObject({ kind: 'retry' });
    expect(Date.now() - before).toBeLessThan(3_000);
  });

  it('tells the operator of a wrong token and of a worker that is too old', async () => {
    const wrong = adapter({ tokenSecret: 'as-wrong' });
    const refused = await errorOf(wrong.check());
    expect(refused).toMatchObject({ kind: 'config' });
    expect(refused.message).toContain('does not accept MODAL_TOKEN_ID');
    expect(await errorOf(wrong.observe('fc-0123456789'))).toMatchObject({ kind: 'config' });
    server.deployed.inputFormats = [1];
    expect(await errorOf(adapter().submit(makeJob()))).toMatchObject({ kind: 'config' });
  });

  it('refuses a job whose recipe nobody knows', async () => {
    const job = makeJob();
    const recipe = { ...job.recipe, id: 'z-image-turbo/0' };
    expect(await errorOf(adapter().submit({ ...job, recipe }))).toMatchObject({ kind: 'reject' });
  });

  it('sends captions without what the trainer would read as something else', async () => {
    server.behaviour.isFull = true;
    const job = makeJob();
    const secret = '$' + '{HF_TOKEN}';
    for (const image of job.images) image.caption = `ohwx_mara --steps ${secret} in a street`;
    const { externalJobId } = await adapter().submit(job);
    const { input } = server.calls.get(externalJobId) ?? {};
    expect(JSON.stringify(input)).not.toMatch(/HF_TOKEN|--/);
  });
});
