import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WorkerEvent } from '../protocol.ts';
import { reportedObservation } from './reported-observation.ts';

const base = {
  protocolVersion: 1,
  trainingId: '0b8f4f0e-3c1d-4b6a-8a53-5d1f3a2c7e90',
  attemptId: '3f2c8a10-7a54-4a0e-9a58-0d3c5f1f9b11',
  at: '2026-11-22T12:00:00Z',
} as const;
const sha256 = 'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9';
const file = { role: 'main', key: 'loras/x', bytes: 10, sha256 } as const;
const picture = { index: 0, contentType: 'image/webp', bytes: 9, sha256 } as const;
const progress = (seq: number, step: number): WorkerEvent => ({
  ...base,
  seq,
  type: 'progress',
  phase: 'training',
  step,
  totalSteps: 100,
  loss: 0.3,
  secondsPerStep: 1,
  gpuSeconds: step,
});
const story: WorkerEvent[] = [
  { ...base, seq: 1, type: 'accepted', gpu: null },
  progress(2, 40),
  { ...base, seq: 3, type: 'sample', step: 40, key: 'samples/40-0', prompt: 'a', ...picture },
  { ...base, seq: 4, type: 'sample', step: 50, key: 'samples/50-0', prompt: 'b', ...picture },
  { ...base, seq: 5, type: 'sample', step: 60, key: 'samples/60-0', prompt: 'of an old worker' },
  progress(6, 90),
  { ...base, seq: 7, type: 'succeeded', files: [file], gpuSeconds: 120 },
];

describe('reportedObservation', () => {
  it('is null before the first word, and a beginning after it', () => {
    expect(reportedObservation([])).toBeNull();
    expect(reportedObservation(story.slice(0, 1))).toMatchObject({
      state: 'running',
      progress: { phase: 'preparing', step: 0, gpuSeconds: 0 },
    });
  });

  it('tells how far it is, with the samples that can be checked, oldest first', () => {
    const seen = reportedObservation(story.slice(0, 6));
    expect(seen).toMatchObject({ state: 'running', progress: { step: 90, gpuSeconds: 90 } });
    const samples = seen && 'samples' in seen ? seen.samples : [];
    expect(samples.map(({ step, index, key }) => [step, index, key])).toEqual([
      [40, 0, 'samples/40-0'],
      [50, 0, 'samples/50-0'],
    ]);
  });

  it('succeeds at the last step with files in our store', () => {
    expect(reportedObservation(story)).toMatchObject({
      state: 'succeeded',
      progress: { step: 100, gpuSeconds: 120 },
      artifacts: [{ kind: 'stored', ...file }],
    });
  });

  it('fails in the worker’s words, and is cancelled', () => {
    const error = { code: 'OOM', retryable: false, message: 'CUDA out of memory' } as const;
    const failed: WorkerEvent = { ...base, seq: 8, type: 'failed', error, gpuSeconds: 4 };
    expect(reportedObservation([progress(2, 40), failed])).toMatchObject({
      state: 'failed',
      ...error,
      progress: { step: 40, gpuSeconds: 40 },
    });
    const cancelled: WorkerEvent = { ...base, seq: 8, type: 'cancelled', gpuSeconds: 50 };
    expect(reportedObservation([progress(2, 40), cancelled])).toEqual({
      state: 'cancelled',
      progress: expect.objectContaining({ step: 40, gpuSeconds: 50 }),
    });
  });

  it('is the same in whatever order the events come, and an end stays an end', () => {
    const told = reportedObservation(story);
    fc.assert(
      fc.property(fc.shuffledSubarray(story, { minLength: story.length }), (shuffled) => {
        expect(reportedObservation(shuffled)).toEqual(told);
        expect(reportedObservation([...shuffled, progress(8, 10)])?.state).toBe('succeeded');
      }),
    );
  });
});
