import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { db } from '../db.ts';
import { store } from '../storage/store.ts';
import type { EveryProvider } from '../testing/every-provider.ts';
import { startEveryProviderWorld } from '../testing/provider-world.ts';
import type { TestStore } from '../testing/start-store.ts';
import type { BaseModelId } from './rules/base-models.ts';
import { sweepAttempts } from './sweep-attempts.ts';
import { wordTrialFailure } from './trial.ts';
import { trialByWorkers } from './trial-by-workers.ts';

// `npm run gpu:check -- --train` as an operator runs it, against a stand-in of every provider: each
// base model goes to another one. This file is the application: its doors, its workers, its database.

vi.setConfig({ testTimeout: 240_000 });

let objects: TestStore;
let every: EveryProvider;

beforeAll(async () => {
  const world = await startEveryProviderWorld((doorsUrl) => ({
    // Not a name of this machine alone.
    CALLBACK_URL: doorsUrl.replace('127.0.0.1', '0.0.0.0'),
  }));
  ({ every, store: objects } = world);
  return world.stop;
});
beforeEach(async () => {
  every.reset();
  await db().gpuProvider.deleteMany();
});
/** Whatever a test did: nothing runs, bills or is kept anywhere. */
afterEach(async () => {
  every.expectNothingLeft();
  for await (const { key } of store().list('')) expect.unreachable(key);
  expect(await db().loraModel.count()).toBe(0);
  expect(await db().character.count()).toBe(0);
  expect(await db().creditLine.count()).toBe(0);
});

/** The application's workers look at what is due until `over`; each time `stepMs` later. */
async function worked<T>(over: Promise<T>, stepMs = 0): Promise<T> {
  let isOver = false;
  const done = () => {
    isOver = true;
  };
  void over.then(done, done);
  for (let aheadMs = 0; !isOver; aheadMs += stepMs) {
    await sweepAttempts(() => new Date(Date.now() + aheadMs));
    await Promise.race([over.catch(() => null), new Promise((next) => setTimeout(next, 60))]);
  }
  return over;
}

async function gpuCheck(
  flags: string[],
  change: Record<string, string> = {},
  whileRunning: (child: ChildProcess) => void = () => undefined,
) {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'likeness-gpu-check-'));
  const child = spawn(process.execPath, ['scripts/gpu-check.ts', ...flags], {
    env: {
      ...process.env,
      S3_PUBLIC_ENDPOINT: objects.endpoint.replace('127.0.0.1', '0.0.0.0'),
      // As for somebody who has never started the application with parts of its own.
      LIKENESS_DATA_DIR: join(dataDirectory, 'data'),
      ...change,
    },
  });
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  whileRunning(child);
  const [code] = await once(child, 'exit');
  await rm(dataDirectory, { recursive: true, force: true });
  const [out, err] = await said;
  return { code, out, err };
}

const tried = (baseModel: string) =>
  new RegExp(
    String.raw`✓ A training of ten steps \(${baseModel}\) took \d+ s, made [1-9]\d* bytes and cost 0\.(?!0000)\d{4} USD\. Nothing is left of it\.`,
  );

describe('npm run gpu:check', () => {
  it('-- --train ends with all in order, says what each cost, and leaves nothing anywhere', async () => {
    const atOthers = worked(gpuCheck(['--train']));
    const atToolkit = gpuCheck(['--train'], { GPU_PROVIDER: 'ai-toolkit', GPU_ROUTES: '' });
    const { code, out, err } = await atOthers;
    expect(err).toBe('');
    expect(out).not.toContain('✗');
    for (const model of ['z-image-turbo', 'flux', 'one-2\\.1', 'one-2\\.2']) {
      expect(out).toMatch(tried(model));
    }
    const order = ['worker-host:', 'runpod-serverless:', 'modal:', 'runpod:', 'All in order.'];
    // Of RunPod only what is trained there is asked about.
    expect(out).not.toContain('z-image-turbo/1:');
    expect(order.map((line) => out.split('\n').indexOf(line))).not.toContain(-1);
    expect(code).toBe(0);

    const own = await atToolkit;
    expect(own).toMatchObject({ code: 0, err: '' });
    expect(own.out).toMatch(
      /✓ A training of ten steps \(z-image-turbo\) took \d+ s, made \d+ bytes and cost [\d.]+ USD/,
    );
    expect(own.out).toMatch(/All in order\.\n$/);
    expect(every.host.truth().jobs).toHaveLength(1);
    expect(every.serverless.requests.filter((line) => line.endsWith('/run'))).toHaveLength(1);
  });

  it('spends nothing without --train, and trains nowhere that is not in order', async () => {
    const before = [
      every.host.truth().jobs.length,
      every.modal.calls.size,
      every.runpod.requests.length,
    ];
    const looked = await gpuCheck([]);
    expect(looked.out).toMatch(/All in order\.\n$/);
    const wrong = { GPU_ROUTES: '', WORKER_HOST_TOKEN: 'another' };
    const refused = await gpuCheck(['--train'], wrong);
    expect(refused.code).toBe(1);
    expect(refused.out).toMatch(/✗ .*401.*The settings are wrong/);
    expect(refused.out).toContain('Not trained: put this in order first.');
    expect(refused.out).toMatch(/Something is to be put in order\.\n$/);
    expect(every.host.truth().jobs).toHaveLength(before[0] ?? 0);
    expect(every.modal.calls.size).toBe(before[1]);
    expect(every.runpod.requests.slice(before[2]).every((line) => line.startsWith('GET '))).toBe(
      true,
    );
  });

  it('stopped by Ctrl-C in mid-training it removes what it made, and says so', async () => {
    every.host.next.fate.push('stuck');
    const isTraining = () => every.host.truth().jobs.some(({ state }) => state === 'running');
    const interrupt = async (child: ChildProcess) => {
      await vi.waitFor(() => expect(isTraining()).toBe(true), { timeout: 60_000, interval: 50 });
      child.kill('SIGINT');
    };
    let interrupted: Promise<void> | undefined;
    const { code, out } = await worked(
      gpuCheck(['--train'], { GPU_ROUTES: '' }, (child) => {
        interrupted = interrupt(child);
      }),
    );
    await interrupted;
    expect(out).toContain('Stopping: what was made is removed first');
    expect(out).toContain('✗ The training failed: It was stopped.');
    expect(code).toBe(1);
  });

  it('says which setting is missing', async () => {
    const { code, out, err } = await gpuCheck([], { WORKER_HOST_TOKEN: '' });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^WORKER_HOST_TOKEN: expected a value, because GPU_PROVIDER=worker-host/);
  });
});

describe('a trial that does not come to its file says why and what to do, and leaves nothing', () => {
  /** Each look of the workers is minutes after the one before: what takes hours is over in seconds. */
  const failureOf = (baseModel: BaseModelId, stepMs = 0) =>
    worked(
      trialByWorkers(baseModel, { tell: () => undefined, pauseMs: 40 }, 60_000).then(
        () => expect.unreachable(),
        wordTrialFailure,
      ),
      stepMs,
    );
  const minutes = 60_000;

  describe('a worker host', () => {
    it('never starts it', async () => {
      every.host.next.submit.push(...Array.from({ length: 400 }, () => 'no-capacity' as const));
      expect(await failureOf('z-image-turbo', 2 * minutes)).toMatch(
        /^No GPU was free in time\. .*no_capacity.* Run `npm run gpu:check`/,
      );
    });

    it('fails it', async () => {
      every.host.next.fate.push('out-of-memory');
      expect(await failureOf('z-image-turbo')).toMatch(
        /^The GPU ran out of memory\. OOM: .* Give this base model a larger GPU/,
      );
    });

    it('hangs in it', async () => {
      every.host.next.fate.push('stuck');
      expect(await failureOf('z-image-turbo', 2 * minutes)).toMatch(
        /^We lost contact with the GPU\. no progress for \d+ s\. See that the GPU’s side runs/,
      );
    });

    it('never calls back: it is asked, and comes to its end', async () => {
      every.host.next.fate.push('mute');
      const watch = { tell: () => undefined, pauseMs: 40 };
      const trial = await worked(trialByWorkers('z-image-turbo', watch, 60_000), 5_000);
      expect(trial.files).toMatchObject([{ role: 'main' }]);
    });
  });

  describe('an endpoint of RunPod Serverless', () => {
    it('never starts it', async () => {
      every.serverless.settings.maxWorkers = 0;
      expect(await failureOf('flux', 2 * minutes)).toMatch(
        /^No GPU was free in time\. .*queue\. Run `npm run gpu:check`/,
      );
    });

    it('fails it, three times', async () => {
      every.serverless.next.fate.push('raises', 'raises', 'raises');
      expect(await failureOf('flux', 5_000)).toMatch(
        /^Something went wrong on our side\. INTERNAL: .*boom\. Read what the provider said/,
      );
    });

    it('never calls back', async () => {
      every.serverless.next.fate.push('hangs');
      expect(await failureOf('flux', 5 * minutes)).toMatch(
        /^We lost contact with the GPU\. .* that workers reach CALLBACK_URL from outside/,
      );
    });
  });

  describe('a function at Modal', () => {
    it('never starts it', async () => {
      every.modal.behaviour.isFull = true;
      expect(await failureOf('one-2.1', 2 * minutes)).toMatch(
        /^No GPU was free in time\. .*queue\. Run `npm run gpu:check`/,
      );
    });

    it('fails it, three times', async () => {
      every.behaviour.containers = 'break';
      expect(await failureOf('one-2.1', 5_000)).toMatch(
        /^Something went wrong on our side\. INTERNAL: Remote error: .*boom.* Read what the provider said/,
      );
    });

    it('never calls back, which looks as if it waited', async () => {
      every.behaviour.containers = 'say nothing';
      expect(await failureOf('one-2.1', 2 * minutes)).toMatch(
        /^No GPU was free in time\. .* see that they reach CALLBACK_URL/,
      );
    });
  });
});
