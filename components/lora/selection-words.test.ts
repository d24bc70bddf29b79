import { describe, expect, it } from 'vitest';
import { speakSelection, wordMissingImages, wordSelection } from './selection-words';

describe('the line under the picker (AC-6)', () => {
  it.each([
    [0, 'Selected: 0/5 minimum'],
    [3, 'Selected: 3/5 minimum'],
    [4, 'Selected: 4/5 minimum'],
    [5, '5\u00a0images selected for training\u00a0· 27,000 credits'],
    [12, '12\u00a0images selected for training\u00a0· 27,000 credits'],
  ])('%i chosen', (count, line) => {
    expect(wordSelection(count, '27,000 credits')).toBe(line);
  });

  it('says how many are missing', () => {
    expect(wordMissingImages(4)).toBe('Add 1\u00a0more image to train.');
    expect(wordMissingImages(3)).toBe('Add 2\u00a0more images to train.');
    expect(wordMissingImages(3, 'finish')).toBe('Add 2\u00a0more images to finish.');
    expect(wordMissingImages(5)).toBeNull();
  });
});

describe('what is spoken', () => {
  it.each([
    ['below the minimum', 3, 4, 'Selected: 4/5 minimum. Add 1\u00a0more image.'],
    ['reaching it', 4, 5, '5\u00a0images selected. You can start training.'],
    ['beyond it, silence', 5, 6, null],
    ['falling below it', 5, 4, 'Selected: 4/5 minimum. Add 1\u00a0more image.'],
  ])('%s', (_, before, now, words) => {
    expect(speakSelection(before, now)).toBe(words);
  });
});
