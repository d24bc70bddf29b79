import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newLikes } from './new-likes.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 2, 12, 12, minute));
const liked = (id: string, minute: number | null) => ({
  id,
  likedAt: minute === null ? null : at(minute),
});
const ids = (images: { id: string }[]) => images.map(({ id }) => id);

describe('newLikes (AC-5)', () => {
  const model = { startedAt: at(10), imageIds: ['taught', 'taught too'] };

  it.each([
    ['liked after the start, and not taught', liked('a', 11), true],
    ['liked before the start', liked('a', 9), false],
    ['liked in the very moment of the start', liked('a', 10), false],
    ['taught, and liked again later', liked('taught', 20), false],
    ['not liked', liked('a', null), false],
  ] as const)('%s', (_what, image, counts) => {
    expect(newLikes([image], model, null)).toHaveLength(counts ? 1 : 0);
  });

  it('counts only what was liked after it was waved away', () => {
    const images = [liked('a', 11), liked('b', 15), liked('c', 16)];
    expect(ids(newLikes(images, model, at(15)))).toEqual(['c']);
  });

  it('counts from the start of the model, whatever was waved away before', () => {
    expect(ids(newLikes([liked('a', 5), liked('b', 11)], model, at(2)))).toEqual(['b']);
  });

  it('knows nothing new where there is no model', () => {
    expect(newLikes([liked('a', 11)], null, null)).toEqual([]);
  });

  const image = fc.record({
    id: fc.stringMatching(/^[a-e]$/),
    likedAt: fc.option(fc.integer({ min: 0, max: 30 }).map(at)),
  });
  const moment = fc.integer({ min: 0, max: 30 }).map(at);

  it('shrinks when more was taught, or when it is waved away later', () => {
    fc.assert(
      fc.property(
        fc.array(image),
        moment,
        fc.array(fc.stringMatching(/^[a-e]$/)),
        fc.option(moment),
        fc.stringMatching(/^[a-e]$/),
        (images, startedAt, imageIds, dismissedAt, another) => {
          const before = newLikes(images, { startedAt, imageIds }, dismissedAt);
          const taughtMore = { startedAt, imageIds: [...imageIds, another] };
          for (const fewer of [
            newLikes(images, taughtMore, dismissedAt),
            newLikes(images, { startedAt, imageIds }, at(30)),
          ]) {
            expect(before).toEqual(expect.arrayContaining(fewer));
          }
          expect(newLikes(images, taughtMore, at(30))).toEqual([]);
        },
      ),
    );
  });
});
