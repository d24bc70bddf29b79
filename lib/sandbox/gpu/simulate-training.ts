import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Rehearsal } from '../../lora/rules/rehearsals.ts';
import { type SandboxAdapterFile, sandboxAdapterFile } from '../adapter-file.ts';
import { drawSample } from './draw-sample.ts';
import type { JobRecord } from './job-store.ts';
import { uploadFile, uploadSample } from './upload-file.ts';
import { verifyImages } from './verify-images.ts';
import { WorkerFailure } from './worker-failure.ts';

export interface TrainingSettings {
  /** About how long a training takes. */
  trainingSeconds: number;
  adapterLayers: number;
  /** At least this size instead, in units of 10^6 bytes. */
  adapterMegabytes: number | null;
}

/** The job as the training sees it. */
interface TrainingJob {
  readonly record: JobRecord;
  /** Set to go on without a word. */
  silent: boolean;
  /** Notes new progress and tells it. */
  report(change: Partial<JobRecord['progress']>): void;
  reportFile(file: JobRecord['files'][number]): void;
  reportSample(sample: NonNullable<JobRecord['samples']>[number]): void;
}

/** The phases the sandbox goes through, and the share of the time each takes at least. */
const phases = ['preparing', 'caching', 'training', 'sampling', 'uploading'] as const;
const shareOf = { preparing: 0.08, caching: 0.08, training: 0.68, sampling: 0.08, uploading: 0.08 };

const stallsAt = 0.4;
const outOfMemoryAt = 0.3;
/** Checkpoints of a training that a sample is made of. */
const checkpoints = 5;

/**
 * Goes through the phases of a training from where `job` stands: fetches and checks the images for
 * real, counts steps, uploads an empty adapter for real. Throws `WorkerFailure`, or whatever an
 * aborted wait throws.
 */
export async function simulateTraining(
  job: TrainingJob,
  settings: TrainingSettings,
  signal: AbortSignal,
): Promise<void> {
  const { input, progress } = job.record;
  const reached = (phases as readonly string[]).indexOf(progress.phase);
  const work = {
    preparing: () => verifyImages(input.images, signal),
    caching: async () => {},
    training: () => train(job, settings, signal),
    sampling: async () => {},
    uploading: () => upload(job, settings, signal),
  };
  await stallIfRehearsed(job, signal);
  for (const phase of phases.slice(Math.max(0, reached))) {
    job.report({ phase });
    const atLeastMs = phase === 'training' ? 0 : shareOf[phase] * settings.trainingSeconds * 1000;
    await Promise.all([work[phase](), delay(atLeastMs, undefined, { signal })]);
  }
}

async function train(job: TrainingJob, settings: TrainingSettings, signal: AbortSignal) {
  const { input, progress } = job.record;
  const { steps } = input.recipe;
  const secondsPerStep = (settings.trainingSeconds * shareOf.training) / steps;
  const tickMs = Math.min(1_000, Math.max(50, settings.trainingSeconds * 40));
  let exactStep = progress.step;
  let countedUntilMs = performance.now();
  while (progress.step < steps) {
    await delay(tickMs, undefined, { signal });
    const nowMs = performance.now();
    const stepsMeanwhile = (nowMs - countedUntilMs) / 1000 / secondsPerStep;
    // A busy machine makes it slower, not coarser.
    exactStep += Math.min(stepsMeanwhile, steps / 12);
    countedUntilMs = nowMs;
    const step = Math.min(steps, Math.floor(exactStep), lastStepOf(job));
    job.report({
      step,
      loss: lossAt(step, steps, input.seed),
      secondsPerStep: round(secondsPerStep * (1 + 0.08 * noise(step, input.seed + 1)), 5),
    });
    if (rehearses(job, 'out-of-memory') && step >= lastStepOf(job)) {
      throw new WorkerFailure('OOM', false, 'CUDA out of memory. Tried to allocate 2.25 GiB.');
    }
    await stallIfRehearsed(job, signal);
    await makeSamples(job, signal);
    // Like a trainer's, its steps wait while a sample is made.
    countedUntilMs = performance.now();
  }
}

/** A picture for each checkpoint passed that has none yet. One that cannot be handed over is left. */
async function makeSamples(job: TrainingJob, signal: AbortSignal): Promise<void> {
  const { input, progress, samples = [] } = job.record;
  const { steps } = input.recipe;
  for (let checkpoint = 1; checkpoint <= checkpoints; checkpoint++) {
    const step = Math.round((steps * checkpoint) / checkpoints);
    const made = samples.some((sample) => sample.step >= step);
    const missed = progress.step - step > steps / checkpoints;
    if (step > progress.step || made || missed) continue;
    try {
      const picture = await drawSample({ seed: input.seed, step, steps });
      const stored = await uploadSample(input, { step, index: 0 }, picture, signal);
      job.reportSample({ ...stored, prompt: `${input.triggerWord}, portrait in soft daylight` });
    } catch (error) {
      signal.throwIfAborted();
      console.error(`Sandbox GPU: no sample at step ${step}:`, error);
    }
  }
}

/** Where a rehearsed failure stops the counting; else the last step of the recipe. */
function lastStepOf(job: TrainingJob): number {
  const { steps } = job.record.input.recipe;
  if (rehearses(job, 'stall')) return Math.ceil(steps * stallsAt);
  if (rehearses(job, 'out-of-memory')) return Math.ceil(steps * outOfMemoryAt);
  return steps;
}

async function stallIfRehearsed(job: TrainingJob, signal: AbortSignal): Promise<void> {
  if (!rehearses(job, 'stall') || job.record.progress.step < lastStepOf(job)) return;
  job.silent = true;
  if (!signal.aborted) await once(signal, 'abort');
  signal.throwIfAborted();
}

async function upload(job: TrainingJob, settings: TrainingSettings, signal: AbortSignal) {
  const { input, files } = job.record;
  const roles =
    input.baseModel === 'one-2.2' ? (['high_noise', 'low_noise'] as const) : (['main'] as const);
  for (const role of roles) {
    if (files.some((file) => file.role === role)) continue;
    const { rank, alpha } = input.recipe;
    const file = rehearses(job, 'broken-file')
      ? brokenFile
      : sandboxAdapterFile({
          baseModel: input.baseModel,
          role,
          triggerWord: input.triggerWord,
          rank,
          alpha,
          seed: role === 'low_noise' ? input.seed + 1 : input.seed,
          layers: settings.adapterLayers,
          megabytes: settings.adapterMegabytes,
        });
    job.reportFile(await uploadFile(input, role, file, signal));
  }
}

/** What a misconfigured proxy leaves under the name of a model. */
const brokenPage = new TextEncoder().encode(
  '<!DOCTYPE html>\n<html><head><title>502</title></head><body>Bad gateway</body></html>\n',
);
const brokenFile: SandboxAdapterFile = {
  bytes: brokenPage.byteLength,
  async *chunks() {
    yield brokenPage;
  },
};

function rehearses(job: TrainingJob, rehearsal: Rehearsal): boolean {
  return job.record.input.rehearsal === rehearsal;
}

/** Falls from about 0.5 towards 0.3, as a character's loss does, and never smoothly. */
function lossAt(step: number, steps: number, seed: number): number {
  return round(0.29 + 0.2 * Math.exp((-3.5 * step) / steps) + 0.045 * noise(step, seed), 4);
}

/** From -1 to 1, the same for the same step and seed. */
function noise(step: number, seed: number): number {
  let bits = Math.imul(step + 1, 0x9e3779b1) ^ Math.imul(seed + 1, 0x85ebca77);
  bits = Math.imul(bits ^ (bits >>> 15), 0x2c1b3c6d);
  bits = Math.imul(bits ^ (bits >>> 12), 0x297a2d39);
  return ((bits ^ (bits >>> 15)) >>> 0) / 2 ** 31 - 1;
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
