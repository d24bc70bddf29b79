import { demandSheet } from './ai-toolkit.ts';
import { type JobInput, type WorkerErrorCode, workerEventSchema } from './protocol.ts';
import type { Observation, Progress } from './provider.ts';
import { aiToolkitJobConfig, plainCaption } from './rules/ai-toolkit-job.ts';
import { beginning, reportedObservation } from './rules/reported-observation.ts';

/** What the vendors have in common that run a function for each job (docs/worker-protocol.md, 8). */

/**
 * What the function is given: the job, and how to run it in AI Toolkit, so that it needs no recipes of
 * its own. Throws `reject` for what no recipe is known for.
 */
export function vendorInput(job: JobInput) {
  const sheet = demandSheet(job);
  const images = job.images.map((image) => ({ ...image, caption: plainCaption(image.caption) }));
  // Within the directory that the worker makes for its run.
  const folders = { training: 'output', datasets: 'datasets' };
  return { job: { ...job, images }, config: aiToolkitJobConfig(job, sheet, folders) };
}

/** Whether a worker has reported its job's end: then nobody else need be asked. */
export function isEnd(reported: Observation | null): reported is Observation {
  return reported !== null && !['queued', 'running'].includes(reported.state);
}

/** The end that a function returned as its result; null when it is no word of a worker of ours. */
export function returnedEnd(result: unknown, reported: Observation | null): Observation | null {
  const event = workerEventSchema.safeParse(result);
  const seen = event.success ? reportedObservation([event.data]) : null;
  if (!seen || !isEnd(seen) || !('progress' in seen)) return null;
  const before = progressOf(reported);
  const step = seen.state === 'succeeded' ? (before.totalSteps ?? before.step) : before.step;
  const gpuSeconds = Math.max(before.gpuSeconds, seen.progress.gpuSeconds);
  const end = { ...seen, progress: { ...before, step, gpuSeconds } };
  return 'samples' in end ? { ...end, samples: samplesOf(reported) } : end;
}

/** An end that the vendor tells of, with what the worker had reported before. */
export function failedRun(
  reported: Observation | null,
  failure: { code: WorkerErrorCode; retryable: boolean; message: string; gpuSeconds?: number },
): Observation {
  const { code, retryable, message, gpuSeconds = 0 } = failure;
  const before = progressOf(reported);
  const progress = { ...before, gpuSeconds: Math.max(before.gpuSeconds, gpuSeconds) };
  return {
    state: 'failed',
    code,
    retryable,
    message: message.slice(0, 2_000),
    progress,
    samples: samplesOf(reported),
  };
}

/** How far a job was by its worker's word; at its beginning without one. */
export function progressOf(reported: Observation | null): Progress {
  return reported && 'progress' in reported ? reported.progress : beginning;
}

function samplesOf(reported: Observation | null) {
  return reported && 'samples' in reported ? reported.samples : [];
}
