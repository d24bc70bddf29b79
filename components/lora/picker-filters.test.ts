import { describe, expect, it } from 'vitest';
import { factsOfImage, toPickerFilter, withPickerFilter } from './picker-filters';

describe('the filter in the address', () => {
  it.each([
    ['liked', 'liked'],
    ['profile-set', 'profile-set'],
    ['new', 'new'],
    ['chosen', 'chosen'],
    ['all', 'all'],
    ['nonsense', 'all'],
    ['', 'all'],
    [null, 'all'],
  ])('%s', (asked, filter) => {
    expect(toPickerFilter(asked)).toBe(filter);
  });

  it('leaves the rest of the address alone', () => {
    expect(withPickerFilter('?step=training', 'liked')).toBe('?step=training&show=liked');
    expect(withPickerFilter('?show=liked&step=training', 'new')).toBe('?show=new&step=training');
    expect(withPickerFilter('?show=liked&step=training', 'all')).toBe('?step=training');
    expect(withPickerFilter('?show=liked', 'all')).toBe('');
  });
});

describe('what else an image is', () => {
  it.each([
    [{ inProfileSet: true, newSinceLastTraining: true }, true, 'profile set, liked'],
    [{ inProfileSet: true, newSinceLastTraining: false }, false, 'profile set, in the last model'],
    [{ inProfileSet: false, newSinceLastTraining: true }, false, ''],
  ])('%o, liked %s', (image, liked, words) => {
    expect(factsOfImage(image, liked)).toBe(words);
  });
});
