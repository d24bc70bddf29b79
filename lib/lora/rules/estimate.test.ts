import { describe, expect, it } from 'vitest';
import { estimateTraining, timeLeft } from './estimate.ts';

describe('estimateTraining (D9)', () => {
  it('says the registry’s range until there are 20 trainings', () => {
    const range = { fromSeconds: 25 * 60, toSeconds: 60 * 60 };
    expect(estimateTraining('z-image-turbo', [])).toEqual(range);
    expect(estimateTraining('z-image-turbo', Array(19).fill(1_000))).toEqual(range);
  });

  it('says median to nine in ten of our own from then on', () => {
    const past = Array.from({ length: 20 }, (_, at) => (at + 1) * 60_000);
    expect(estimateTraining('z-image-turbo', past)).toEqual({
      fromSeconds: 10 * 60,
      toSeconds: 18 * 60,
    });
  });
});

describe('timeLeft', () => {
  it.each([
    ['before the first step', { step: 0, totalSteps: 1_500, secondsPerStep: 1 }, null],
    ['without a pace', { step: 10, totalSteps: 1_500, secondsPerStep: null }, null],
    [
      'at the end',
      { step: 1_500, totalSteps: 1_500, secondsPerStep: 1 },
      { fromSeconds: 0, toSeconds: 10 },
    ],
    [
      'half way',
      { step: 750, totalSteps: 1_500, secondsPerStep: 1 },
      { fromSeconds: 750, toSeconds: 1_060 },
    ],
  ])('%s', (_what, progress, left) => {
    expect(timeLeft(progress)).toEqual(left);
  });
});
