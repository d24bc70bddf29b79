import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ContractReceiver, startContractReceiver } from '../gpu/contract-receiver.ts';
import type { GpuProvider } from '../gpu/provider.ts';
import { createWorkerHost } from '../gpu/worker-host.ts';
import { baseModels } from '../lora/rules/base-models.ts';
import { describeAdapter, readSafetensorsHeader } from '../lora/rules/safetensors.ts';
import { type FaultGpu, startFaultGpu } from './fault-gpu.ts';
import { calm, chance, draw, storm } from './fault-plan.ts';

let gpu: FaultGpu;
let app: ContractReceiver;
let host: GpuProvider;
/** The same, for answers that take too long. */
let impatient: GpuProvider;

beforeAll(async () => {
  gpu = await startFaultGpu({ port: 0, token: 'secret', seed: 1, paceMs: [50, 100] });
  app = await startContractReceiver();
  const door = { id: 'sandbox', url: gpu.url, token: 'secret', microUsdPerSecond: 0 } as const;
  host = createWorkerHost(door);
  impatient = createWorkerHost({ ...door, timeoutMs: 500 });
});
afterAll(async () => {
  await gpu.close();
  await app.close();
});

const patiently = { timeout: 20_000, interval: 20 };

function truthOf(id: string) {
  const job = gpu.truth().jobs.find((known) => known.id === id);
  if (!job) throw new Error(`no job ${id}`);
  return job;
}

describe('the fault-injecting GPU host', () => {
  it('trains when nothing goes wrong: signed events, a sound adapter, and records it', async () => {
    const job = app.makeJob();
    const { externalJobId } = await host.submit(job);
    await expect.poll(() => truthOf(externalJobId).state, patiently).toBe('succeeded');
    const { stored } = truthOf(externalJobId);
    const file = app.stored.get(`loras/${job.attemptId}/main.safetensors`);
    expect(file?.sha256).toBe(stored?.sha256);
    const verdict = readSafetensorsHeader(file?.opening ?? new Uint8Array(), file?.bytes ?? 0);
    if (!verdict.ok) throw new Error(verdict.reason);
    expect(describeAdapter(verdict.header, baseModels[job.baseModel]).ok).toBe(true);
    await expect
      .poll(() => app.eventsOf(job.attemptId).map(({ type }) => type), patiently)
      .toEqual(['accepted', 'progress', 'succeeded']);
    expect(app.faults).toEqual([]);
    await host.release(externalJobId);
    expect(truthOf(externalJobId).released).toBe(true);
    expect(await host.observe(externalJobId)).toEqual({ state: 'not_found' });
  });

  it.each([
    ['refuse', 'retry', false],
    ['hang', 'retry', false],
    ['drop-after', 'retry', true],
    ['forbidden', 'config', false],
    ['invalid', 'reject', false],
    ['limited', 'retry', false],
    ['no-capacity', 'busy', false],
    ['error', 'retry', false],
    ['error-after', 'retry', true],
    ['html', 'retry', false],
    ['truncated', 'retry', true],
    ['unknown-status', 'retry', true],
    ['slow', 'retry', true],
  ] as const)('%s: our adapter says %s, and the job is there: %s', async (fault, kind, made) => {
    const job = app.makeJob();
    gpu.next.submit.push(fault);
    const asking = fault === 'hang' || fault === 'slow' ? impatient : host;
    await expect(asking.submit(job)).rejects.toMatchObject({ kind });
    expect((await host.findByName(job.name)) !== null).toBe(made);
  });

  it('makes one job of a name, unless it is one that forgets names', async () => {
    const job = app.makeJob();
    const first = await host.submit(job);
    expect(await host.submit(job)).toEqual(first);
  });

  it('a list lags behind a submission as long as told', async () => {
    gpu.control({ rates: { ...calm, listLagMs: 60_000 } });
    const job = app.makeJob();
    await host.submit(job);
    expect(await host.findByName(job.name)).toBeNull();
    gpu.control({ rates: { ...calm, listLagMs: 100 } });
    await expect.poll(() => host.findByName(job.name), patiently).not.toBeNull();
    gpu.control({ rates: calm });
  });

  it('a turncoat has failed for the first who asks, and succeeded for the next', async () => {
    gpu.next.fate.push('turncoat');
    const { externalJobId } = await host.submit(app.makeJob());
    await expect.poll(() => truthOf(externalJobId).state, patiently).toBe('failed');
    expect(await host.observe(externalJobId)).toMatchObject({ state: 'failed' });
    expect(await host.observe(externalJobId)).toMatchObject({ state: 'succeeded' });
  });

  it('forged, oversized and skewed events are never taken, whatever else happens', async () => {
    const callback = { forged: 0.4, oversized: 0.2, skewed: 0.4 };
    gpu.control({ rates: { ...calm, callback } });
    const jobs = Array.from({ length: 20 }, () => app.makeJob());
    for (const job of jobs) await host.submit(job);
    const sent = () => Object.values(gpu.truth().deliveries).map((counts) => counts.sent);
    await expect.poll(() => Math.min(...sent()), patiently).toBeGreaterThan(0);
    const { forged, skewed } = gpu.truth().deliveries;
    expect([forged.taken, skewed.taken]).toEqual([0, 0]);
    gpu.control({ rates: calm });
  });
});

describe('the plan', () => {
  it('is the same for the same seed and words', () => {
    expect(chance(7, 'submit', 'a')).toBe(chance(7, 'submit', 'a'));
    expect(chance(7, 'submit', 'a')).not.toBe(chance(8, 'submit', 'a'));
  });

  it('hits each fault about as often as its rate says', () => {
    const rates = storm.request.submit ?? {};
    const drawn = Array.from({ length: 20_000 }, (_, index) => draw(rates, chance(1, index)));
    for (const [name, rate] of Object.entries(rates)) {
      const share = drawn.filter((fault) => fault === name).length / drawn.length;
      expect(share).toBeGreaterThan(rate * 0.5);
      expect(share).toBeLessThan(rate * 1.5);
    }
  });
});
