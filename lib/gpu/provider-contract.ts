import { createHash, randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseModels } from '../lora/rules/base-models.ts';
import { readSafetensorsHeader } from '../lora/rules/safetensors.ts';
import type { ContractReceiver } from './contract-receiver.ts';
import type { JobInput } from './protocol.ts';
import { type GpuProvider, type Observation, ProviderError } from './provider.ts';

/** A provider's stand-in may be a process that has to start on a busy machine. */
const startTimeoutMs = 60_000;

export interface ProviderUnderTest {
  provider: GpuProvider;
  /** Makes the jobs and serves their pictures; where workers report, if the provider's do. */
  receiver: ContractReceiver;
  /** What `price` must answer. */
  microUsdPerSecond: number;
  /** In this time a job ends. */
  patienceMs: number;
  close(): Promise<void>;
}

/**
 * Asks again and again until the job has ended; `reportOf` says what its worker has reported, where
 * one does. Throws when it takes too long.
 */
export async function observeUntilEnd(
  provider: GpuProvider,
  externalJobId: string,
  patienceMs: number,
  reportOf: ContractReceiver['reportOf'] = () => null,
): Promise<Observation[]> {
  const seen: Observation[] = [];
  const until = Date.now() + patienceMs;
  while (Date.now() < until) {
    const observation = await provider.observe(externalJobId, reportOf(externalJobId));
    seen.push(observation);
    if (!['queued', 'running'].includes(observation.state)) return seen;
    await delay(50);
  }
  throw new Error(`The job has not ended in ${patienceMs} ms: ${JSON.stringify(seen.at(-1))}`);
}

/** Submits until the provider has made room for the job. */
export async function submitUntilTaken(
  provider: GpuProvider,
  job: JobInput,
  patienceMs: number,
): Promise<{ externalJobId: string }> {
  const until = Date.now() + patienceMs;
  for (;;) {
    try {
      return await provider.submit(job);
    } catch (error) {
      const isBusy = error instanceof ProviderError && error.kind === 'busy';
      if (!isBusy || Date.now() > until) throw error;
      await delay(20);
    }
  }
}

/** Asks for a release until the provider says that nothing is left. */
export async function releaseUntilGone(
  provider: GpuProvider,
  externalJobId: string,
  patienceMs: number,
): Promise<void> {
  const until = Date.now() + patienceMs;
  for (;;) {
    try {
      return await provider.release(externalJobId);
    } catch (error) {
      const isStillEnding = error instanceof ProviderError && error.kind === 'busy';
      if (!isStillEnding || Date.now() > until) throw error;
      await delay(20);
    }
  }
}

/** The suite every adapter of `GpuProvider` must pass, against the real thing or its stand-in. */
export function describeGpuProvider(name: string, start: () => Promise<ProviderUnderTest>): void {
  describe(`${name} as a GPU provider`, { concurrent: true }, () => {
    let under: ProviderUnderTest;
    beforeAll(async () => {
      under = await start();
    }, startTimeoutMs);
    afterAll(() => under.close());

    const look = (externalJobId: string) =>
      under.provider.observe(externalJobId, under.receiver.reportOf(externalJobId));
    const finish = (externalJobId: string) =>
      observeUntilEnd(under.provider, externalJobId, under.patienceMs, under.receiver.reportOf);
    const submit = (job: JobInput) => submitUntilTaken(under.provider, job, under.patienceMs);
    const release = (externalJobId: string) =>
      releaseUntilGone(under.provider, externalJobId, under.patienceMs);

    /** Where a refusal comes at once, or as the end of a job that was taken. */
    async function failureOf(job: JobInput) {
      try {
        const { externalJobId } = await submit(job);
        const end = (await finish(externalJobId)).at(-1);
        await release(externalJobId);
        return end?.state === 'failed' ? { code: end.code, again: end.retryable } : end;
      } catch (error) {
        if (!(error instanceof ProviderError)) throw error;
        const left = await under.provider.findByName(job.name);
        if (left) await release(left.externalJobId);
        return { code: error.code, again: error.kind !== 'reject' };
      }
    }

    it('shows a submitted job by name and in the list, or no job at all', async () => {
      const { provider, receiver } = under;
      const job = receiver.makeJob();
      const before = Date.now();
      const { externalJobId } = await submit(job);
      const found = await provider.findByName(job.name);
      const listed = await provider.list();
      if (provider.lacksLookup) {
        expect(found).toBeNull();
        expect(listed).toEqual([]);
      } else {
        expect(found).toMatchObject({ externalJobId, name: job.name });
        expect(Math.abs((found?.createdAt.getTime() ?? 0) - before)).toBeLessThan(60_000);
        expect(listed).toContainEqual(expect.objectContaining(found ?? {}));
      }
      expect((await look(externalJobId)).state).not.toBe('not_found');
      await release(externalJobId);
    });

    it('makes one job of one name, one after the other and at once', async () => {
      const { provider, receiver } = under;
      const job = receiver.makeJob();
      const submitted = await Promise.all([1, 2, 3, 4].map(() => submit(job)));
      submitted.push(await submit(job));
      const ids = new Set(submitted.map(({ externalJobId }) => externalJobId));
      if (provider.lacksLookup) {
        await expectOneToTrain(job, [...ids]);
        return;
      }
      expect(ids.size).toBe(1);
      const ofThatName = (await provider.list()).filter((known) => known.name === job.name);
      expect(ofThatName).toHaveLength(1);
      await release(submitted[0]?.externalJobId ?? '');
    });

    /** Where a repeated submit makes another job: one claims the attempt, the others stop there. */
    async function expectOneToTrain(job: JobInput, ids: string[]): Promise<void> {
      const { receiver } = under;
      const ends = await Promise.all(ids.map(async (id) => (await finish(id)).at(-1)?.state));
      const own = receiver.claims.get(job.attemptId);
      expect(ids.filter((_, number) => ends[number] === 'succeeded')).toEqual([own]);
      expect(new Set(receiver.refusedJobs.filter((id) => ids.includes(id)))).toEqual(
        new Set(ids.filter((id) => id !== own)),
      );
      expect(receiver.imageFetches.get(job.attemptId)).toBe(job.images.length);
      for (const id of ids) await release(id);
    }

    it('does not know what was never submitted', async () => {
      const { provider, receiver } = under;
      const job = receiver.makeJob();
      const { externalJobId } = await submit(job);
      expect(await provider.findByName(`likeness-${randomUUID()}-a1`)).toBeNull();
      expect(await provider.findByName(job.name.slice(0, -1))).toBeNull();
      await release(externalJobId);

      const unknown = 'never-submitted/../jobs?x=1';
      expect(await provider.observe(unknown)).toEqual({ state: 'not_found' });
      await provider.cancel(unknown);
      await provider.release(unknown);
    });

    it('trains to the end, never goes back, and hands over the file', async () => {
      const { receiver } = under;
      const job = receiver.makeJob();
      const { externalJobId } = await submit(job);
      const seen = await finish(externalJobId);

      let step = 0;
      let gpuSeconds = 0;
      for (const observation of seen) {
        if (!('progress' in observation)) continue;
        expect(observation.progress.step).toBeGreaterThanOrEqual(step);
        expect(observation.progress.gpuSeconds).toBeGreaterThanOrEqual(gpuSeconds);
        ({ step, gpuSeconds } = observation.progress);
      }
      const end = seen.at(-1);
      if (end?.state !== 'succeeded') throw new Error(JSON.stringify(end));
      expect(end.progress.step).toBe(end.progress.totalSteps);
      expect(end.progress.gpuSeconds).toBeGreaterThan(0);
      expect(end.artifacts.map(({ role }) => role)).toEqual(['main']);
      await expectArtifacts(receiver, end);
      expect(told(await look(externalJobId))).toEqual(told(end));
      await release(externalJobId);
    });

    it('hands over one file an expert for Wan 2.2', async () => {
      const { receiver } = under;
      const { externalJobId } = await submit(receiver.makeJob({ baseModel: 'one-2.2' }));
      const end = (await finish(externalJobId)).at(-1);
      if (end?.state !== 'succeeded') throw new Error(JSON.stringify(end));
      expect(end.artifacts.map(({ role }) => role)).toEqual(baseModels['one-2.2'].files);
      await expectArtifacts(receiver, end);
      await release(externalJobId);
    });

    it('fails a job whose image is not the promised one', async () => {
      const job = under.receiver.makeJob();
      const image = job.images[3];
      if (image) image.sha256 = createHash('sha256').update('another').digest('hex');
      expect(await failureOf(job)).toEqual({ code: 'BAD_IMAGE', again: false });
      expect((await under.provider.list()).some(({ name }) => name === job.name)).toBe(false);
    });

    it('cancels, and cancels again', async () => {
      const { provider, receiver } = under;
      const { externalJobId } = await submit(receiver.makeJob());
      await provider.cancel(externalJobId);
      await provider.cancel(externalJobId);
      expect((await finish(externalJobId)).at(-1)?.state).toBe('cancelled');
      await provider.cancel(externalJobId);
      expect((await look(externalJobId)).state).toBe('cancelled');
      await release(externalJobId);
    });

    it('leaves a job that has succeeded as it is when told to cancel', async () => {
      const { provider, receiver } = under;
      const { externalJobId } = await submit(receiver.makeJob());
      const end = (await finish(externalJobId)).at(-1);
      expect(end?.state).toBe('succeeded');
      await provider.cancel(externalJobId);
      expect(told(await look(externalJobId))).toEqual(told(end));
      await release(externalJobId);
    });

    it('releases a job, running or ended, and releases again', async () => {
      const { provider, receiver } = under;
      const running = receiver.makeJob();
      const ended = receiver.makeJob();
      const jobs = [await submit(running), await submit(ended)];
      await provider.cancel(jobs[1]?.externalJobId ?? '');
      for (const { externalJobId } of jobs) {
        await release(externalJobId);
        await release(externalJobId);
        // A job that has ended there costs nothing, and its record goes when the vendor says so.
        const gone = provider.lacksLookup ? ['not_found', 'cancelled'] : ['not_found'];
        expect(gone).toContain((await look(externalJobId)).state);
      }
      expect(await provider.findByName(running.name)).toBeNull();
      expect(await provider.findByName(ended.name)).toBeNull();
    });

    it('is in order, says so in words, and starts nothing to find out', async () => {
      const checks = await under.provider.check();
      expect(checks.filter(({ isFine }) => !isFine)).toEqual([]);
      for (const { say } of checks) expect(say).toMatch(/^.{10,}\.$/);
    });

    it('costs what is configured', () => {
      expect(under.provider.price()).toEqual({ microUsdPerSecond: under.microUsdPerSecond });
    });
  });
}

/** An observation without the means to open its files, and without what it cost: that may go on. */
function told(observation: Observation | undefined): unknown {
  return JSON.parse(JSON.stringify(observation), (key, value) =>
    key === 'gpuSeconds' ? undefined : value,
  );
}

/** A file in our store is what the provider says it is; one to be fetched is whole and a LoRA. */
async function expectArtifacts(
  receiver: ContractReceiver,
  { artifacts }: Extract<Observation, { state: 'succeeded' }>,
): Promise<void> {
  for (const artifact of artifacts) {
    if (artifact.kind === 'stored') {
      const { bytes, sha256 } = artifact;
      expect(receiver.stored.get(artifact.key)).toMatchObject({ bytes, sha256 });
    } else {
      const file = await buffer(await artifact.open());
      expect(readSafetensorsHeader(file, file.length)).toMatchObject({ ok: true });
    }
  }
}
