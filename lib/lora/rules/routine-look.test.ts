import { describe, expect, it } from 'vitest';
import type { Observation, Progress } from '../../gpu/provider.ts';
import { patienceWithGpu } from './patience.ts';
import { routineLook, type Watched } from './routine-look.ts';

const patience = patienceWithGpu(360);
const watched: Watched = {
  status: 'training',
  phase: 'training',
  step: 100,
  trainingSteps: 1_000,
  loss: 0.2,
  secondsPerStep: 1,
  waitedSeconds: 200,
  silentSeconds: 20,
  samples: 0,
  points: 10,
  lastPoint: 100,
};

function running(change: Partial<Progress> = {}): Observation {
  const progress: Progress = {
    phase: 'training',
    step: 120,
    totalSteps: 1_000,
    loss: 0.19,
    secondsPerStep: 1,
    gpuSeconds: 60,
    ...change,
  };
  return { state: 'running', progress, samples: [] };
}

const sample = {
  step: 100,
  index: 0,
  key: 'attempts/1/samples/100-0',
  contentType: 'image/png' as const,
  bytes: 10,
  sha256: '0'.repeat(64),
  prompt: '',
};

describe('what is routine', () => {
  it('a job that runs on: its progress, a sign of life, a point on the curve', () => {
    expect(routineLook(watched, running(), patience)).toMatchObject({
      progress: { step: 120, totalSteps: 1_000 },
      isNews: true,
      moved: true,
      isPoint: true,
    });
  });

  it('a job that says what is known already', () => {
    expect(routineLook(watched, running({ step: 100, loss: 0.2 }), patience)).toMatchObject({
      isNews: false,
      moved: false,
      isPoint: false,
    });
  });

  it('a list that lags behind: nothing goes back', () => {
    expect(routineLook(watched, running({ step: 90 }), patience)).toMatchObject({
      isNews: false,
      moved: false,
      isPoint: false,
    });
  });

  it('a job that waits in the provider’s queue', () => {
    const waiting = { ...watched, status: 'pending' as const };
    expect(routineLook(waiting, { state: 'queued' }, patience)).toMatchObject({ progress: null });
  });

  it('no point more than a curve may have', () => {
    expect(routineLook({ ...watched, points: 300 }, running(), patience)?.isPoint).toBe(false);
  });
});

describe('what somebody must look at', () => {
  const { progress } = running() as Extract<Observation, { state: 'running' }>;
  const cases: [string, Partial<Watched>, Observation | null][] = [
    ['a list that does not tell', {}, null],
    ['an end', {}, { state: 'succeeded', progress, artifacts: [], samples: [] }],
    ['a cancelled job', {}, { state: 'cancelled', progress }],
    ['a job the provider does not know', {}, { state: 'not_found' }],
    ['the first sight of it running', { status: 'pending' }, running()],
    ['half of the way', { step: 499 }, running({ step: 500 })],
    ['a new sample', {}, { ...running(), samples: [sample] } as Observation],
    ['silence', { silentSeconds: 1_201 }, running({ step: 100 })],
    ['too long in the queue', { status: 'pending', waitedSeconds: 1_801 }, { state: 'queued' }],
    ['a running training that is queued again', {}, { state: 'queued' }],
  ];
  it.each(cases)('%s', (_what, change, observation) => {
    expect(routineLook({ ...watched, ...change }, observation, patience)).toBeNull();
  });

  it('not a sample that is taken in already', () => {
    const seen = { ...running(), samples: [sample] } as Observation;
    expect(routineLook({ ...watched, samples: 1 }, seen, patience)).not.toBeNull();
  });
});
