import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { availableImages, countProblem, maxImages, minImages, preselect } from './selection.ts';

const image = (id: string, liked: boolean, inProfileSet: boolean) => ({ id, liked, inProfileSet });
const many = (count: number, liked: boolean, inProfileSet: boolean, prefix = 'i') =>
  Array.from({ length: count }, (_, at) => image(`${prefix}${at}`, liked, inProfileSet));

describe('preselect (D4)', () => {
  it.each([
    ['no likes: the whole profile set', [...many(8, false, true)], 8],
    ['4 likes are too few: everything', [...many(4, true, true, 'l'), ...many(4, false, true)], 8],
    ['5 likes: the liked ones', [...many(5, true, true, 'l'), ...many(4, false, true)], 5],
    [
      'likes from outside the profile set count',
      [...many(5, true, false, 'l'), ...many(4, false, true)],
      5,
    ],
    ['neither liked nor in the set: never', [...many(9, false, false)], 0],
    ['at most 50', [...many(80, true, true)], 50],
    ['nothing of nothing', [], 0],
  ])('%s', (_what, images, count) => {
    expect(preselect(images)).toHaveLength(count);
  });

  it('only ever chooses available images, each once, in order', () => {
    const images = fc.uniqueArray(
      fc.record({ id: fc.uuid(), liked: fc.boolean(), inProfileSet: fc.boolean() }),
      { selector: ({ id }) => id, maxLength: 120 },
    );
    fc.assert(
      fc.property(images, (all) => {
        const chosen = preselect(all);
        const available = availableImages(all).map(({ id }) => id);
        expect(chosen).toEqual(available.filter((id) => chosen.includes(id)));
        expect(chosen.length).toBeLessThanOrEqual(maxImages);
        if (available.length >= minImages) expect(chosen.length).toBeGreaterThanOrEqual(minImages);
      }),
    );
  });
});

it.each([
  [0, { code: 'TOO_FEW_IMAGES', missing: 5 }],
  [4, { code: 'TOO_FEW_IMAGES', missing: 1 }],
  [5, null],
  [50, null],
  [51, { code: 'TOO_MANY_IMAGES', over: 1 }],
])('%i images: %o', (count, problem) => {
  expect(countProblem(count)).toEqual(problem);
});
