import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createAiToolkit } from '../gpu/ai-toolkit.ts';
import { createModal } from '../gpu/modal.ts';
import type { GpuProvider } from '../gpu/provider.ts';
import { createRunPod } from '../gpu/runpod.ts';
import { createRunPodServerless } from '../gpu/runpod-serverless.ts';
import { createWorkerHost } from '../gpu/worker-host.ts';
import { store } from '../storage/store.ts';
import { type AiToolkitStandIn, startAiToolkitStandIn } from '../testing/ai-toolkit-stand-in.ts';
import { startModalStandIn } from '../testing/modal-stand-in.ts';
import { type RunPodStandIn, startRunPodStandIn } from '../testing/runpod-stand-in.ts';
import { startStore, type TestStore } from '../testing/start-store.ts';
import { checkGpu, type GpuSetting } from './check-gpu.ts';
import { wordTrialFailure } from './trial.ts';
import { trialByAsking } from './trial-by-asking.ts';

const now = new Date('2026-11-26T00:00:00Z');
const baseModel = 'z-image-turbo';
const masterSecret = 'a master secret of at least 32 characters';
let objects: TestStore;
let toolkit: AiToolkitStandIn;
let runpod: RunPodStandIn;
beforeAll(async () => {
  toolkit = await startAiToolkitStandIn('toolkit');
  runpod = await startRunPodStandIn('rpa_for_tests');
  Object.assign(process.env, {
    AI_TOOLKIT_URL: toolkit.url,
    AI_TOOLKIT_AUTH: 'toolkit',
    AI_TOOLKIT_MICRO_USD_PER_SECOND: '1000000',
    RUNPOD_API_KEY: 'rpa_for_tests',
    AUTH_SECRET: masterSecret,
  });
  objects = await startStore();
});
afterAll(async () => {
  await toolkit.close();
  await runpod.close();
  await objects.stop();
});

const aiToolkit = (token = 'toolkit') =>
  createAiToolkit({ id: 'ai-toolkit', url: toolkit.url, token, microUsdPerSecond: 497 });

const pods = (apiKey = 'rpa_for_tests') =>
  createRunPod({
    id: 'runpod',
    apiUrl: runpod.url,
    apiKey,
    proxyUrl: runpod.proxyUrl,
    image: 'ostris/aitoolkit:0.12.26',
    gpus: ['NVIDIA L40S'],
    cloud: 'SECURE',
    maxCentsPerHour: 200,
    diskGb: 120,
    hfToken: '',
    masterSecret,
    bootMinutes: 20,
    microUsdPerSecond: 239,
    listEveryMs: 0,
    quietMs: 100,
  });

function setting(change: Partial<GpuSetting> = {}): GpuSetting {
  return {
    provider: aiToolkit(),
    endpoint: 'https://gpu.example',
    baseModels: [baseModel],
    callbackUrl: 'https://likeness.example',
    publicStoreUrl: 'https://store.example',
    pricesAsOf: '2026-11-09',
    ...change,
  };
}

const said = async (change: Partial<GpuSetting>) =>
  (await checkGpu(setting(change), now)).map(({ isFine, say }) => `${isFine ? '✓' : '✗'} ${say}`);

it('has nothing to say against a provider that is in order', async () => {
  expect(await said({})).toEqual([
    '✓ The server answers and takes our token.',
    '✓ It keeps data sets in /app/ai-toolkit/datasets.',
    '✓ GPUs it sees: 1.',
    '✓ Price: 1.79 USD an hour, of 2026-11-09.',
    '✓ The store takes files and hands them out by link.',
  ]);
});

it('says what is wrong with the key, and goes on looking', async () => {
  const lines = await said({ provider: aiToolkit('another') });
  expect(lines[0]).toMatch(/^✗ .*401.*The settings are wrong/);
  expect(lines.at(-1)).toContain('✓ The store');
});

it.each([
  ['2026-08-01', '✗ Price: 1.79 USD an hour, of 2026-08-01. Look it up again.'],
  ['', '✗ Price: 1.79 USD an hour, of a time nobody noted (GPU_PRICES_AS_OF). Look it up again.'],
])('asks for a newer price than of "%s"', async (pricesAsOf, line) => {
  expect(await said({ pricesAsOf })).toContain(line);
});

it('sees that a host elsewhere could not reach us', async () => {
  const provider = createWorkerHost({
    id: 'worker-host',
    url: 'http://127.0.0.1:1',
    token: 'a',
    microUsdPerSecond: 0,
  });
  expect(await said({ provider, callbackUrl: 'http://localhost:3000' })).toEqual([
    expect.stringMatching(/^✗ worker-host did not answer GET \/jobs\. It may be away/),
    '✗ No price is set: estimates of what a GPU costs would be 0.',
    '✓ The store takes files and hands them out by link.',
    '✗ CALLBACK_URL is http://localhost:3000: only this machine itself can reach that.',
    '✓ S3_PUBLIC_ENDPOINT is https://store.example.',
  ]);
});

it('takes a host on this very machine for one that reaches what is only here', async () => {
  const server = createServer((_, response) => response.end('{"status":"ok"}'));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const here = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const lines = await said({
    provider: createWorkerHost({ id: 'worker-host', url: here, token: 'a', microUsdPerSecond: 1 }),
    endpoint: here,
    callbackUrl: here,
    publicStoreUrl: 'http://localhost:3901',
  });
  expect(lines.slice(-2)).toEqual([
    `✓ CALLBACK_URL is ${here}, and Likeness answers there.`,
    '✓ S3_PUBLIC_ENDPOINT is http://localhost:3901.',
  ]);
  await new Promise((done) => server.close(done).closeAllConnections());
});

it('sees that a worker which a vendor starts could not reach us', async () => {
  const provider = createRunPodServerless({
    id: 'runpod-serverless',
    url: 'http://127.0.0.1:1/v2/x',
    apiKey: 'a',
    microUsdPerSecond: 760,
    bellUrl: () => '',
  });
  expect(await said({ provider, callbackUrl: 'http://localhost:3000' })).toEqual([
    expect.stringMatching(/^✗ runpod-serverless did not answer GET \/health\. It may be away/),
    '✓ Price: 2.74 USD an hour, of 2026-11-09.',
    '✓ The store takes files and hands them out by link.',
    '✗ CALLBACK_URL is http://localhost:3000: only this machine itself can reach that.',
    '✓ S3_PUBLIC_ENDPOINT is https://store.example.',
  ]);
});

it('tries a training of ten steps, says what it cost, and leaves nothing', async () => {
  const lines: string[] = [];
  const trial = await trialByAsking(aiToolkit(), baseModel, {
    tell: (line) => lines.push(line),
    pauseMs: 20,
  });
  expect(trial.files).toMatchObject([{ role: 'main', rank: 16 }]);
  expect(trial.costMicroUsd).toBeGreaterThan(0n);
  expect(toolkit.rows.size).toBe(0);
  expect(toolkit.files.size).toBe(0);
  expect(await store().head(trial.files[0]?.key ?? '')).toBeNull();
});

it('leaves no pod behind, also when its training fails', async () => {
  const provider = pods();
  const trial = await trialByAsking(provider, baseModel, { tell: () => undefined, pauseMs: 20 });
  expect(trial.costMicroUsd).toBeGreaterThan(0n);
  expect(runpod.billing()).toEqual([]);

  let hasFailed = false;
  const failing = trialByAsking(provider, baseModel, {
    pauseMs: 20,
    tell: () => {
      const [standing] = runpod.billing().flatMap(({ name }) => runpod.podsOf(name));
      if (!standing || hasFailed) return;
      hasFailed = true;
      standing.toolkit.strike(standing.pod.name, { kind: 'error', info: 'CUDA out of memory' });
    },
  });
  await expect(failing).rejects.toThrow('CUDA out of memory');
  expect(runpod.billing()).toEqual([]);
  expect(runpod.faults).toEqual([]);
});

it('leaves nothing either when it is stopped by hand', async () => {
  const stop = new AbortController();
  const trial = trialByAsking(aiToolkit(), baseModel, {
    tell: () => stop.abort(new Error('Stopped.')),
    signal: stop.signal,
    pauseMs: 20,
  });
  await expect(trial).rejects.toThrow('Stopped.');
  expect(toolkit.rows.size).toBe(0);
  expect(toolkit.files.size).toBe(0);
  for await (const { key } of store().list('')) expect.unreachable(key);
});

describe('a trial that does not come to its file says why and what to do, and leaves nothing', () => {
  const short = {
    totalSeconds: 60,
    queueSeconds: 0.4,
    startSeconds: 0.4,
    silenceSeconds: 0.4,
    lookEverySeconds: 1,
  };
  const failureOf = (provider: GpuProvider, tell: (line: string) => void = () => undefined) =>
    trialByAsking(provider, baseModel, { tell, pauseMs: 20 }, short).then(
      () => expect.unreachable(),
      wordTrialFailure,
    );
  afterEach(async () => {
    toolkit.resume();
    runpod.next.looksToBoot = 1;
    runpod.account.balanceUsd = 100;
    expect(toolkit.rows.size).toBe(0);
    expect(toolkit.files.size).toBe(0);
    expect(runpod.billing()).toEqual([]);
    for await (const { key } of store().list('')) expect.unreachable(key);
  });

  it('at AI Toolkit: never starts', async () => {
    toolkit.pause();
    const said = failureOf(aiToolkit(), (line) => {
      if (line === 'queued') setTimeout(() => toolkit.resume(), 600);
    });
    // Whoever blocks the queue is not there any more when ours is removed.
    expect(await said).toMatch(/in the provider’s queue\. Run `npm run gpu:check`/);
  });

  it('at AI Toolkit: stops making steps', async () => {
    const said = failureOf(aiToolkit(), () => {
      for (const { name } of toolkit.rows.values()) toolkit.strike(name, { kind: 'hang' });
    });
    expect(await said).toMatch(/but “training, step \d+ of 10”\. See that the GPU’s side runs/);
  });

  it('at AI Toolkit: the disk is full', async () => {
    const info = '[Errno 28] No space left on device';
    const said = failureOf(aiToolkit(), () => {
      for (const { name } of toolkit.rows.values()) toolkit.strike(name, { kind: 'error', info });
    });
    expect(await said).toMatch(/^It failed: .*No space left on device\. .*a larger disk/);
  });

  it('at AI Toolkit: the file is another’s', async () => {
    const said = failureOf(aiToolkit(), () => {
      for (const { name } of toolkit.rows.values()) {
        toolkit.strike(name, { kind: 'files', files: { 'optimizer.pt': Buffer.alloc(8) } });
      }
    });
    expect(await said).toMatch(
      /^Its file cannot be used: .*no main file\. The version of the trainer/,
    );
  });

  it('on a pod: never starts', async () => {
    runpod.next.looksToBoot = -1;
    expect(await failureOf(pods())).toMatch(
      /^It has not started: Pod \w+ is starting\. Run `npm run gpu:check`/,
    );
  });

  it('on a pod: stops making steps', async () => {
    const said = failureOf(pods(), () => {
      for (const { name } of runpod.billing()) {
        for (const standing of runpod.podsOf(name)) standing.toolkit.strike(name, { kind: 'hang' });
      }
    });
    expect(await said).toMatch(/^Nothing new is heard of it .* See that the GPU’s side runs/);
  });

  it('at RunPod: no money, and a wrong key', async () => {
    runpod.account.balanceUsd = 0;
    expect(await failureOf(pods())).toMatch(
      /402.*insufficient balance.*the account needs attention/,
    );
    expect(await failureOf(pods('another'))).toMatch(/401.*The settings are wrong/);
  });

  it('whose removal is refused says that something may be there', async () => {
    const lines: string[] = [];
    let name = '';
    const said = failureOf(pods(), (line) => {
      lines.push(line);
      name ||= runpod.billing()[0]?.name ?? '';
      if (line.includes('step')) runpod.account.apiKey = 'revoked';
    });
    expect(await said).toMatch(/401.*The settings are wrong/);
    expect(lines.at(-1)).toMatch(
      new RegExp(`401.* ${name} may be there and cost: see that it is gone\\.$`),
    );
    runpod.account.apiKey = 'rpa_for_tests';
    for (const { externalJobId } of await pods().list()) await pods().release(externalJobId);
  });
});

it('stops at once when nothing can help', async () => {
  const trial = trialByAsking(aiToolkit('another'), baseModel, {
    tell: () => undefined,
    pauseMs: 20,
  });
  await expect(trial).rejects.toMatchObject({ name: 'ProviderError', kind: 'config' });
});

it('says of Modal whether the token is accepted and the function is there', async () => {
  const standIn = await startModalStandIn(async () => null);
  process.env.MODAL_SERVER_URL = standIn.url;
  const modal = (tokenSecret: string, url: string) =>
    createModal({
      id: 'modal',
      tokenId: standIn.token.id,
      tokenSecret,
      url,
      microUsdPerSecond: 694,
    });
  const place = 'modal:///likeness/train';
  const server = createServer((_, response) => response.end('{"status":"ok"}'));
  await new Promise<void>((done) => server.listen(0, done));
  // Not a name of this machine alone.
  const callbackUrl = `http://0.0.0.0:${(server.address() as AddressInfo).port}`;
  expect(await said({ provider: modal(standIn.token.secret, place), callbackUrl })).toEqual([
    '✓ The token is accepted. likeness/train is deployed: 0 containers run, 0 calls wait.',
    '✓ Price: 2.50 USD an hour, of 2026-11-09.',
    '✓ The store takes files and hands them out by link.',
    `✓ CALLBACK_URL is ${callbackUrl}, and Likeness answers there.`,
    '✓ S3_PUBLIC_ENDPOINT is https://store.example.',
  ]);
  await new Promise((done) => server.close(done).closeAllConnections());
  expect(await said({ provider: modal(standIn.token.secret, place), callbackUrl })).toContain(
    `✗ CALLBACK_URL is ${callbackUrl}, and Likeness does not answer there: is it running, and is that its address?`,
  );
  for (const [provider, wrong] of [
    [modal('another', place), /^✗ modal: .* does not accept MODAL_TOKEN_ID .* settings are wrong/],
    [modal(standIn.token.secret, 'modal:///likeness/elsewhere'), /^✗ modal has no function /],
  ] as const) {
    expect((await said({ provider }))[0]).toMatch(wrong);
  }
  await standIn.close();
});
