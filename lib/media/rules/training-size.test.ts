import { expect, it } from 'vitest';
import { baseModelIds } from '../../lora/rules/base-models.ts';
import { planTraining } from '../../lora/rules/training-plan.ts';
import { isTooSmallToTrain, smallestTrainingPx } from './training-size.ts';

it.each([
  [512, 512, false],
  [511, 512, true],
  // By its pixels, not by a side: a frame takes the picture's own shape.
  [480, 600, false],
  [640, 360, true],
  [2_048, 128, false],
])('%i × %i: %s', (width, height, tooSmall) => {
  expect(isTooSmallToTrain({ width, height })).toBe(tooSmall);
});

it('is the smallest size that any recipe trains at', () => {
  for (const id of baseModelIds) {
    expect(Math.min(...planTraining(id, 12).recipe.resolutions)).toBe(smallestTrainingPx);
  }
});
