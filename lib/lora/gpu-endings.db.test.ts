import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemContext } from '../context.ts';
import { db } from '../db.ts';
import { env } from '../env.ts';
import type { Misfortune } from '../testing/ai-toolkit-stand-in.ts';
import { expectOwed, listenToLog } from '../testing/owed.ts';
import { runPodKey as key, startRunPodWorld } from '../testing/provider-world.ts';
import type { RunPodStandIn } from '../testing/runpod-stand-in.ts';
import { tinyAdapter } from '../testing/tiny-adapter.ts';
import { attemptOf, later, makeStage, trainingOf } from '../testing/training-stage.ts';
import { reapOrphans } from './reap-orphans.ts';
import { baseModels } from './rules/base-models.ts';
import { adviceByKind } from './rules/operator-advice.ts';
import { sweepAttempts } from './sweep-attempts.ts';

// Each way a rented GPU can let a training down, to its end (docs/gpu-faults.md): the creator is told
// one of our reasons, the credits come back, nothing bills any more, the operator knows what to do.

// Hours of a training, with many requests: on a busy machine they take their time.
vi.setConfig({ testTimeout: 120_000 });

let runpod: RunPodStandIn;
beforeAll(async () => {
  const world = await startRunPodWorld({
    GPU_USD_A_DAY: '0',
    // A request then has two seconds, so that silence is heard in time.
    ATTEMPT_LEASE_SECONDS: '5',
  });
  runpod = world.runpod;
  return world.stop;
});
afterAll(() => expect(runpod.faults).toEqual([]));

let seconds = 0;
const heard = listenToLog();
beforeEach(async () => {
  seconds = 0;
  Object.assign(runpod.next, { looksToBoot: 1, isVisible: true });
  Object.assign(runpod.account, { balanceUsd: 100, apiKey: key, mood: 'well' });
  runpod.withoutCapacity.clear();
  runpod.forbidden.clear();
  await db().gpuProvider.deleteMany();
  await db().trainingAttempt.updateMany({ data: { nextCheckAt: null } });
});

/** Looks again and again, `stepSeconds` later each time, until `isOver` says so. */
async function sweepUntil(isOver: () => Promise<boolean>, stepSeconds = 120): Promise<void> {
  await expect
    .poll(
      async () => {
        seconds += stepSeconds;
        await sweepAttempts(() => later(seconds));
        return isOver();
      },
      { timeout: 100_000, interval: 50 },
    )
    .toBe(true);
}

async function start() {
  const stage = await makeStage({ withObjects: true });
  const { loraModelId } = await stage.start();
  return { stage, loraModelId };
}
type Run = Awaited<ReturnType<typeof start>>;

const podsOf = async ({ loraModelId }: Run) =>
  runpod.podsOf((await attemptOf(loraModelId)).jobName).filter(({ endedAt }) => !endedAt);

/** Until its job is in a pod and makes steps, and goes on making none. */
async function untilTraining(run: Run): Promise<void> {
  await sweepUntil(async () => {
    for (const { pod, toolkit } of await podsOf(run)) toolkit.strike(pod.name, { kind: 'hang' });
    return (await trainingOf(run.loraModelId)).step > 0;
  }, 20);
}

/** Workers are started anew: nothing is remembered of what the provider said before. */
function restartWorkers(): void {
  (globalThis as { likenessProviders?: Map<string, unknown> }).likenessProviders?.clear();
}

/** What becomes of every job of a training from now on. */
function everyJob(run: Run, misfortune: (name: string) => Misfortune) {
  return async () => {
    for (const { pod, toolkit } of await podsOf(run)) {
      toolkit.strike(pod.name, misfortune(pod.name));
    }
  };
}

const hasEnded = async (id: string) =>
  !['pending', 'training'].includes((await trainingOf(id)).status);

async function untilEnd(
  { loraModelId }: Run,
  { stepSeconds = 120, each = async () => {} } = {},
): Promise<void> {
  await sweepUntil(async () => {
    await each();
    return hasEnded(loraModelId);
  }, stepSeconds);
}

/** What it owes, and that nothing bills any more. */
async function expectEnd(run: Run, ...owed: Owed): Promise<void> {
  await expectOwed(run, heard, ...owed);
  const { loraModelId } = run;
  await sweepUntil(
    async () =>
      (await db().trainingAttempt.count({ where: { loraModelId, releasedAt: null } })) === 0,
  );
  const names = await jobNames(run);
  expect(runpod.billing().filter(({ name }) => names.includes(name))).toEqual([]);
}
type Owed = [reason: Parameters<typeof expectOwed>[2], told: Parameters<typeof expectOwed>[3]];

const operators = { advice: adviceByKind.config };
const away = { advice: adviceByKind.retry };

describe('before there is a job', () => {
  it('the provider is down until the deadline', async () => {
    runpod.account.mood = 'away';
    const run = await start();
    await untilEnd(run, { stepSeconds: 1_800 });
    runpod.account.mood = 'well';
    await expectEnd(run, 'GPU_UNAVAILABLE', { said: /did not answer GET/, ...away });
  });

  it('the provider is so slow that nobody can wait for it', async () => {
    runpod.account.mood = 'silent';
    const run = await start();
    await untilEnd(run, { stepSeconds: 5_400 });
    runpod.account.mood = 'well';
    await expectEnd(run, 'GPU_UNAVAILABLE', { said: /did not answer GET/, ...away });
  });

  it('the account is out of money', async () => {
    runpod.account.balanceUsd = 0;
    const run = await start();
    await untilEnd(run, { stepSeconds: 1_800 });
    await expectEnd(run, 'GPU_UNAVAILABLE', { said: /402.*insufficient balance/, ...operators });
  });

  it('there is no capacity', async () => {
    for (const gpu of env().RUNPOD_GPUS) runpod.withoutCapacity.add(gpu);
    const run = await start();
    await untilEnd(run);
    await expectEnd(run, 'GPU_UNAVAILABLE', { said: /no longer any instances/ });
    expect(seconds).toBeLessThan(3_600);
  });

  it('the key is wrong', async () => {
    runpod.account.apiKey = 'another';
    const run = await start();
    await untilEnd(run, { stepSeconds: 1_800 });
    runpod.account.apiKey = key;
    await expectEnd(run, 'GPU_UNAVAILABLE', { said: /401.*invalid API key/, ...operators });
  });

  it('the place is wrong: the key may use none of its GPUs there', async () => {
    for (const gpu of env().RUNPOD_GPUS) runpod.forbidden.add(gpu);
    const run = await start();
    await untilEnd(run, { stepSeconds: 1_800 });
    await expectEnd(run, 'GPU_UNAVAILABLE', { said: /may use none of its GPUs/, ...operators });
  });

  it('no pod ever boots', async () => {
    runpod.next.looksToBoot = -1;
    const run = await start();
    await untilEnd(run);
    await expectEnd(run, 'GPU_UNAVAILABLE', { said: /Pod \w+ (is starting|.* did not start)/ });
    expect(seconds).toBeLessThan(3_600);
  });
});

describe('in mid-training', () => {
  it('the provider goes down and stays down until the deadline', async () => {
    const run = await start();
    await untilTraining(run);
    runpod.account.mood = 'away';
    restartWorkers();
    await untilEnd(run, { stepSeconds: 1_800 });
    runpod.account.mood = 'well';
    await expectEnd(run, 'DEADLINE_PASSED', { said: /did not answer GET/ });
  });

  it('the key is rotated, and nobody tells us the new one until the deadline', async () => {
    const run = await start();
    await untilTraining(run);
    runpod.account.apiKey = 'a new one';
    restartWorkers();
    await untilEnd(run, { stepSeconds: 1_800 });
    expect(await podsOf(run)).toHaveLength(1);
    runpod.account.apiKey = key;
    await expectEnd(run, 'DEADLINE_PASSED', { said: /401.*invalid API key/, ...operators });
  });

  it('a key that is put right in time costs nobody anything', async () => {
    const run = await start();
    await untilTraining(run);
    runpod.account.apiKey = 'a new one';
    restartWorkers();
    const until = seconds + 3_600;
    await sweepUntil(async () => seconds > until, 600);
    expect((await trainingOf(run.loraModelId)).status).toBe('training');
    runpod.account.apiKey = key;
    for (const { pod, toolkit } of await podsOf(run)) {
      toolkit.strike(pod.name, { kind: 'files', files: soundFiles(pod.name) });
    }
    await untilEnd(run, { stepSeconds: 60 });
    expect((await trainingOf(run.loraModelId)).status).toBe('ready');
  });

  it('the provider lies: its list has lost a pod that goes on billing', async () => {
    const run = await start();
    await untilTraining(run);
    const [hidden] = await podsOf(run);
    await untilEnd(run, {
      each: async () => {
        if ((await attemptOf(run.loraModelId)).externalJobId === null) return;
        for (const standing of await podsOf(run)) standing.isVisible = false;
        restartWorkers();
      },
    });
    for (const name of await jobNames(run)) {
      for (const standing of runpod.podsOf(name)) standing.isVisible = true;
    }
    expect(hidden?.pod.status).toBe('RUNNING');
    for (let pass = 0; pass < 3; pass += 1) {
      seconds += 120;
      restartWorkers();
      await reapOrphans(systemContext('sweep', later(seconds)));
    }
    await expectEnd(run, 'GPU_LOST', { said: /does not know the job any more/ });
    expect(heard.map(({ what }) => what)).toContain('a job that no training knows is ended');
  });

  it('the pod dies, and so do the next two', async () => {
    const run = await start();
    await untilTraining(run);
    await untilEnd(run, {
      each: async () => {
        if ((await attemptOf(run.loraModelId)).externalJobId === null) return;
        for (const { pod } of await podsOf(run)) pod.status = 'EXITED';
        restartWorkers();
      },
    });
    await expectEnd(run, 'GPU_INTERRUPTED', { said: /Pod \w+ is EXITED/ });
    expect(await jobNames(run)).toHaveLength(3);
  });

  it('the job stays running for ever', async () => {
    const run = await start();
    await untilTraining(run);
    await untilEnd(run);
    await expectEnd(run, 'GPU_LOST', { said: /no progress for \d+ s/ });
    expect(seconds).toBeLessThan(3_600);
  });

  it('the disk is full, and no second disk is filled', async () => {
    const run = await start();
    const info = "[Errno 28] No space left on device: 'output'";
    await untilEnd(run, { each: everyJob(run, () => ({ kind: 'error', info })) });
    await expectEnd(run, 'INTERNAL', { said: /No space left on device/ });
    expect(await jobNames(run)).toHaveLength(1);
  });

  it('the GPU is too small', async () => {
    const run = await start();
    const info = 'CUDA out of memory. Tried to allocate 20.00 MiB';
    await untilEnd(run, { each: everyJob(run, () => ({ kind: 'error', info })) });
    await expectEnd(run, 'GPU_OUT_OF_MEMORY', { said: /Tried to allocate/ });
  });
});

describe('at the end, the file', () => {
  const { keyPrefix } = baseModels['z-image-turbo'];
  const whole = tinyAdapter(keyPrefix, 16, 'whole');

  it.each<[string, (name: string) => Record<string, Buffer>, RegExp]>([
    ['is missing', () => ({}), /has no main file/],
    [
      'is truncated',
      (name) => ({ [`${name}.safetensors`]: whole.subarray(0, whole.length - 9) }),
      /main: /,
    ],
    [
      'is not safetensors',
      (name) => ({ [`${name}.safetensors`]: Buffer.from('<html>502 Bad Gateway</html>') }),
      /no safetensors file/,
    ],
    [
      'is another model’s',
      (name) => ({ [`${name}.safetensors`]: tinyAdapter('some_other_model.', 16, 'x') }),
      /main: /,
    ],
    [
      'is two files where one was expected',
      (name) => ({
        [`${name}_high_noise.safetensors`]: whole,
        [`${name}_low_noise.safetensors`]: whole,
      }),
      /has no main file/,
    ],
  ])('%s', async (_what, files, said) => {
    const run = await start();
    await untilEnd(run, {
      each: everyJob(run, (name) => ({ kind: 'files', files: files(name) })),
    });
    await expectEnd(run, 'RESULT_BROKEN', { said });
    expect(await jobNames(run)).toHaveLength(3);
  });
});

async function jobNames({ loraModelId }: Run): Promise<string[]> {
  const attempts = await db().trainingAttempt.findMany({ where: { loraModelId } });
  return attempts.map(({ jobName }) => jobName);
}

function soundFiles(name: string): Record<string, Buffer> {
  const { keyPrefix } = baseModels['z-image-turbo'];
  return { [`${name}.safetensors`]: tinyAdapter(keyPrefix, 16, name) };
}
