import { describe, expect, it } from 'vitest';
import { wordTimeLeft } from './time-left';
import { phaseOf } from './training-phase';

describe('phases in creators’ words', () => {
  it.each([
    ['pending', null, 'waiting'],
    ['pending', 'training', 'waiting'],
    ['training', null, 'preparing'],
    ['training', 'preparing', 'preparing'],
    ['training', 'captioning', 'preparing'],
    ['training', 'caching', 'preparing'],
    ['training', 'training', 'training'],
    ['training', 'sampling', 'training'],
    ['training', 'uploading', 'saving'],
    ['ready', 'uploading', 'ready'],
  ] as const)('%s, %s is %s', (status, phase, expected) => {
    expect(phaseOf({ status, phase })).toBe(expected);
  });
});

describe('time left, as a range', () => {
  it.each([
    [12 * 60, 18 * 60, 'About 10 to 20\u00a0minutes left'],
    [5, 30, 'Less than a minute left'],
    [30, 150, 'Up to 3\u00a0minutes left'],
    [3_600, 3 * 3_600, 'About 1 to 3\u00a0hours left'],
  ])('%i s to %i s', (fromSeconds, toSeconds, words) => {
    const worded = wordTimeLeft({ fromSeconds, toSeconds });
    expect(worded).toBe(words);
  });
});
