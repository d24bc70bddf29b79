import fc from 'fast-check';
import { expect, it } from 'vitest';
import { baseModelIds } from './base-models.ts';
import { captionFor, makeTriggerWord, planTraining, trainingSteps } from './training-plan.ts';

it.each([
  [5, 1_500],
  [12, 1_500],
  [13, 1_560],
  [20, 2_400],
  [50, 3_000],
])('%i images train for %i steps', (images, steps) => {
  expect(trainingSteps(images)).toBe(steps);
});

it('plans rank = alpha and whole buckets for every base model', () => {
  for (const id of baseModelIds) {
    const { recipe, maxSeconds } = planTraining(id, 7);
    expect(recipe.alpha).toBe(recipe.rank);
    expect(recipe.resolutions.every((size) => size % 16 === 0)).toBe(true);
    expect(maxSeconds).toBeGreaterThan(0);
  }
});

it('makes a rare token of any name, never the plain name', () => {
  expect(makeTriggerWord('Mara', 'k3f9')).toBe('ohwx_mara_k3f9');
  expect(makeTriggerWord('Élodie', 'k3f9')).toBe('ohwx_elodie_k3f9');
  expect(makeTriggerWord('مارا', 'k3f9')).toBe('ohwx_k3f9');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (name) => {
      expect(makeTriggerWord(name, 'k3f9')).toMatch(/^[a-z0-9_]{4,64}$/);
    }),
  );
});

it.each([
  [{ caption: null, prompt: null }, 'photo of ohwx'],
  [{ caption: '  ', prompt: 'in a garden' }, 'ohwx, in a garden'],
  [{ caption: 'at the sea', prompt: 'in a garden' }, 'ohwx, at the sea'],
  [{ caption: 'ohwx at the sea', prompt: null }, 'ohwx at the sea'],
])('captions %o as "%s"', (image, caption) => {
  expect(captionFor(image, 'ohwx')).toBe(caption);
});
