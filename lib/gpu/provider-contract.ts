import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseModels } from '../lora/rules/base-models.ts';
import type { ContractReceiver } from './contract-receiver.ts';
import type { GpuProvider, Observation } from './provider.ts';

/** A provider's stand-in may be a process that has to start on a busy machine. */
const startTimeoutMs = 60_000;

export interface ProviderUnderTest {
  provider: GpuProvider;
  /** Where the provider's workers report; makes the jobs. */
  receiver: ContractReceiver;
  /** What `price` must answer. */
  microUsdPerSecond: number;
  /** In this time a job ends. */
  patienceMs: number;
  close(): Promise<void>;
}

/** Asks again and again until the job has ended. Throws when it takes too long. */
export async function observeUntilEnd(
  provider: GpuProvider,
  externalJobId: string,
  patienceMs: number,
): Promise<Observation[]> {
  const seen: Observation[] = [];
  const until = Date.now() + patienceMs;
  while (Date.now() < until) {
    const observation = await provider.observe(externalJobId);
    seen.push(observation);
    if (!['queued', 'running'].includes(observation.state)) return seen;
    await delay(50);
  }
  throw new Error(`The job has not ended in ${patienceMs} ms: ${JSON.stringify(seen.at(-1))}`);
}

/** The suite every adapter of `GpuProvider` must pass, against the real thing or its stand-in. */
export function describeGpuProvider(name: string, start: () => Promise<ProviderUnderTest>): void {
  describe(`${name} as a GPU provider`, { concurrent: true }, () => {
    let under: ProviderUnderTest;
    beforeAll(async () => {
      under = await start();
    }, startTimeoutMs);
    afterAll(() => under.close());

    const finish = (externalJobId: string) =>
      observeUntilEnd(under.provider, externalJobId, under.patienceMs);

    it('shows a submitted job by name and in the list', async () => {
      const { provider, receiver } = under;
      const job = receiver.makeJob();
      const before = Date.now();
      const { externalJobId } = await provider.submit(job);
      const found = await provider.findByName(job.name);
      expect(found).toMatchObject({ externalJobId, name: job.name });
      expect(Math.abs((found?.createdAt.getTime() ?? 0) - before)).toBeLessThan(60_000);
      expect(await provider.list()).toContainEqual(found);
      await provider.release(externalJobId);
    });

    it('makes one job of one name, one after the other and at once', async () => {
      const { provider, receiver } = under;
      const job = receiver.makeJob();
      const submitted = await Promise.all([1, 2, 3, 4].map(() => provider.submit(job)));
      submitted.push(await provider.submit(job));
      expect(new Set(submitted.map(({ externalJobId }) => externalJobId)).size).toBe(1);
      const ofThatName = (await provider.list()).filter((known) => known.name === job.name);
      expect(ofThatName).toHaveLength(1);
      await provider.release(submitted[0]?.externalJobId ?? '');
    });

    it('does not know what was never submitted', async () => {
      const { provider, receiver } = under;
      const job = receiver.makeJob();
      const { externalJobId } = await provider.submit(job);
      expect(await provider.findByName(`likeness-${randomUUID()}-a1`)).toBeNull();
      expect(await provider.findByName(job.name.slice(0, -1))).toBeNull();
      await provider.release(externalJobId);

      const unknown = 'never-submitted/../jobs?x=1';
      expect(await provider.observe(unknown)).toEqual({ state: 'not_found' });
      await provider.cancel(unknown);
      await provider.release(unknown);
    });

    it('trains to the end, never goes back, and hands over the file it stored', async () => {
      const { provider, receiver } = under;
      const job = receiver.makeJob();
      const { externalJobId } = await provider.submit(job);
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
      expect(await provider.observe(externalJobId)).toEqual(end);
      await provider.release(externalJobId);
    });

    it('hands over one file an expert for Wan 2.2', async () => {
      const { provider, receiver } = under;
      const { externalJobId } = await provider.submit(receiver.makeJob({ baseModel: 'one-2.2' }));
      const end = (await finish(externalJobId)).at(-1);
      if (end?.state !== 'succeeded') throw new Error(JSON.stringify(end));
      expect(end.artifacts.map(({ role }) => role)).toEqual(baseModels['one-2.2'].files);
      await expectArtifacts(receiver, end);
      await provider.release(externalJobId);
    });

    it('fails a job whose image is not the promised one', async () => {
      const { provider, receiver } = under;
      const job = receiver.makeJob();
      const image = job.images[3];
      if (image) image.sha256 = createHash('sha256').update('another').digest('hex');
      const { externalJobId } = await provider.submit(job);
      expect((await finish(externalJobId)).at(-1)).toMatchObject({
        state: 'failed',
        code: 'BAD_IMAGE',
        retryable: false,
      });
      await provider.release(externalJobId);
    });

    it('cancels, and cancels again', async () => {
      const { provider, receiver } = under;
      const { externalJobId } = await provider.submit(receiver.makeJob());
      await provider.cancel(externalJobId);
      await provider.cancel(externalJobId);
      expect((await finish(externalJobId)).at(-1)?.state).toBe('cancelled');
      await provider.cancel(externalJobId);
      expect((await provider.observe(externalJobId)).state).toBe('cancelled');
      await provider.release(externalJobId);
    });

    it('leaves a job that has succeeded as it is when told to cancel', async () => {
      const { provider, receiver } = under;
      const { externalJobId } = await provider.submit(receiver.makeJob());
      const end = (await finish(externalJobId)).at(-1);
      expect(end?.state).toBe('succeeded');
      await provider.cancel(externalJobId);
      expect(await provider.observe(externalJobId)).toEqual(end);
      await provider.release(externalJobId);
    });

    it('releases a job, running or ended, and releases again', async () => {
      const { provider, receiver } = under;
      const running = receiver.makeJob();
      const ended = receiver.makeJob();
      const jobs = [await provider.submit(running), await provider.submit(ended)];
      await provider.cancel(jobs[1]?.externalJobId ?? '');
      for (const { externalJobId } of jobs) {
        await provider.release(externalJobId);
        await provider.release(externalJobId);
        expect(await provider.observe(externalJobId)).toEqual({ state: 'not_found' });
      }
      expect(await provider.findByName(running.name)).toBeNull();
      expect(await provider.findByName(ended.name)).toBeNull();
    });

    it('costs what is configured', () => {
      expect(under.provider.price()).toEqual({ microUsdPerSecond: under.microUsdPerSecond });
    });
  });
}

/** What the provider says it stored is what arrived. */
async function expectArtifacts(
  receiver: ContractReceiver,
  { artifacts }: Extract<Observation, { state: 'succeeded' }>,
): Promise<void> {
  for (const artifact of artifacts) {
    if (artifact.kind === 'stored') {
      const { bytes, sha256 } = artifact;
      expect(receiver.stored.get(artifact.key)).toMatchObject({ bytes, sha256 });
    } else {
      let bytes = 0;
      for await (const chunk of await artifact.open()) bytes += chunk.length;
      expect(bytes).toBeGreaterThan(0);
    }
  }
}
