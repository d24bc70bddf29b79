import type { ReportedSample, WorkerEvent } from '../protocol.ts';
import type { Observation, Progress } from '../provider.ts';

/** How far a job is of which nobody has said a word. */
export const beginning: Progress = {
  phase: 'preparing',
  step: 0,
  totalSteps: null,
  loss: null,
  secondsPerStep: null,
  gpuSeconds: 0,
};

/**
 * What a worker has said of its job, as an observation; null when it has not said a word. `events` are
 * those of one job, in any order: the highest `seq` counts, and nothing that follows an end.
 */
export function reportedObservation(events: readonly WorkerEvent[]): Observation | null {
  const newest = events.toSorted((a, b) => b.seq - a.seq);
  if (newest.length === 0) return null;
  const progress = progressOf(newest);
  const samples = newest.toReversed().flatMap(sampleOf);
  for (const event of newest) {
    if (!('gpuSeconds' in event) || event.type === 'progress' || event.type === 'heartbeat') {
      continue;
    }
    const last = { ...progress, gpuSeconds: Math.max(progress.gpuSeconds, event.gpuSeconds) };
    switch (event.type) {
      case 'succeeded':
        return {
          state: 'succeeded',
          progress: { ...last, step: last.totalSteps ?? last.step },
          artifacts: event.files.map((file) => ({ kind: 'stored', ...file })),
          samples,
        };
      case 'failed':
        return { state: 'failed', ...event.error, progress: last, samples };
      case 'cancelled':
        return { state: 'cancelled', progress: last };
    }
  }
  return { state: 'running', progress, samples };
}

function progressOf(newest: readonly WorkerEvent[]): Progress {
  const told = newest.find(({ type }) => type === 'progress' || type === 'heartbeat');
  if (told?.type !== 'progress' && told?.type !== 'heartbeat') return beginning;
  const { phase, step, totalSteps, loss, secondsPerStep, gpuSeconds } = told;
  return { phase, step, totalSteps, loss, secondsPerStep, gpuSeconds };
}

/** A sample whose event does not say what was uploaded cannot be checked, and is not one. */
function sampleOf(event: WorkerEvent): ReportedSample[] {
  if (event.type !== 'sample') return [];
  const { step, index, key, contentType, bytes, sha256, prompt } = event;
  if (index === undefined || !contentType || !bytes || !sha256) return [];
  return [{ step, index, key, contentType, bytes, sha256, prompt }];
}
