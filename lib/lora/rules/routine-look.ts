import type { Observation, Progress } from '../../gpu/provider.ts';
import type { Patience } from './patience.ts';
import { isWorthAPoint, maxPoints } from './training-points.ts';

/** A submitted attempt whose training is open, is not to be cancelled and has time left. */
export interface Watched {
  status: 'pending' | 'training';
  phase: string | null;
  step: number;
  trainingSteps: number;
  loss: number | null;
  secondsPerStep: number | null;
  /** Since it was submitted. */
  waitedSeconds: number;
  /** Since a higher step or another phase was seen. */
  silentSeconds: number;
  /** Samples taken in so far. */
  samples: number;
  /** Points on its curve, and the step of the last. */
  points: number;
  lastPoint: number | null;
}

export interface RoutineLook {
  /** Null while it waits. */
  progress: (Progress & { totalSteps: number }) | null;
  /** Whether it says anything that is not known already. */
  isNews: boolean;
  /** A higher step or another phase: a sign of life. */
  moved: boolean;
  /** Whether it is worth a point on the curve. */
  isPoint: boolean;
}

/**
 * What a list says of a job when there is nothing to decide: it still waits, or it runs on. Null
 * when somebody must look at it by itself: an end, the first step, half of the way (D12), new
 * samples, silence, a queue that lasts too long, or a list that does not tell.
 */
export function routineLook(
  watched: Watched,
  observation: Observation | null,
  patience: Patience,
): RoutineLook | null {
  if (observation?.state === 'queued' && watched.status === 'pending') {
    if (watched.waitedSeconds > patience.queueSeconds) return null;
    return { progress: null, isNews: false, moved: false, isPoint: false };
  }
  if (observation?.state !== 'running' || watched.status !== 'training') return null;
  if (observation.samples.length > watched.samples) return null;

  const { progress } = observation;
  const totalSteps = progress.totalSteps ?? watched.trainingSteps;
  const reachesHalf = watched.step < watched.trainingSteps / 2 && progress.step / totalSteps >= 0.5;
  if (reachesHalf) return null;
  const moved = progress.step > watched.step || progress.phase !== watched.phase;
  if (!moved && watched.silentSeconds > patience.silenceSeconds) return null;
  const isOlder = progress.step < watched.step;
  return {
    progress: { ...progress, totalSteps },
    // Never backwards: an older look that arrives late changes nothing.
    isNews:
      !isOlder &&
      (moved ||
        progress.loss !== watched.loss ||
        progress.secondsPerStep !== watched.secondsPerStep ||
        totalSteps !== watched.trainingSteps),
    moved: moved && !isOlder,
    isPoint:
      watched.points < maxPoints &&
      isWorthAPoint(watched.lastPoint, { step: progress.step, totalSteps }),
  };
}
