import { describe, expect, it } from 'vitest';
import type { Upload, UploadState } from './upload-state';
import { groupStage, speakProgress, wordGroup, wordUpload } from './upload-words';

const upload = (state: UploadState, name = 'a.jpg'): Upload => ({
  id: name,
  characterId: 'mara',
  name,
  bytes: 200,
  file: null,
  state,
});
const done = upload({ kind: 'done', number: 1 });
const copy = upload({ kind: 'duplicate', ofImageId: 'x', ofNumber: 7 });
const failed = upload({ kind: 'failed', sentence: 'Too large.', wayOut: 'another' });
const small = upload({ kind: 'tooSmall', imageId: 'x', number: 4, width: 480, height: 360 });
const unfinished = upload({ kind: 'unfinished' });
const sending = upload({ kind: 'sending', sentBytes: 120 });

describe('the group line', () => {
  it.each([
    [[done, copy, sending], '2 of 3 uploaded'],
    [[done, failed], '1 of 2 uploaded, 1\u00a0needs attention'],
    [[failed, unfinished], '0 of 2 uploaded, 2\u00a0need attention'],
    // It is here, and still somebody has to say what becomes of it.
    [[done, small], '2 of 2 uploaded, 1\u00a0needs attention'],
    [Array.from({ length: 1_200 }, () => done), '1,200 of 1,200 uploaded'],
  ])('%#', (uploads, line) => {
    expect(wordGroup(uploads)).toBe(line);
  });

  it.each([
    [[], 'none'],
    [[sending, sending, done], 'started'],
    [[sending, done], 'half'],
    [[done, failed, copy, unfinished], 'ended'],
  ] as const)('stage %#', (uploads, stage) => {
    expect(groupStage(uploads)).toBe(stage);
  });
});

describe('a row', () => {
  it.each([
    [upload({ kind: 'waiting' }), 'Waiting'],
    [upload({ kind: 'reading' }), 'Reading…'],
    [upload({ kind: 'queued' }), 'Up next'],
    [sending, '60 %'],
    [
      upload({ kind: 'sending', sentBytes: 1, remark: 'Arrived damaged, sending again' }),
      'Arrived damaged, sending again',
    ],
    [upload({ kind: 'checking' }), 'Checking…'],
    [upload({ kind: 'checking' }, 'IMG_1.HEIC'), 'Converting…'],
    [done, 'Uploaded, image 1'],
    [small, 'Uploaded, but too small to train on (480\u00a0×\u00a0360\u00a0px)'],
    [copy, 'Already here, as image 7'],
    [unfinished, 'Choose the file again to go on'],
    [upload({ kind: 'signedOut' }), 'Sign in again to go on'],
    [failed, 'Too large.'],
  ])('%#', (row, words) => {
    expect(wordUpload(row)).toBe(words);
  });

  it('is spoken with its name and in words', () => {
    expect(speakProgress(upload({ kind: 'sending', sentBytes: 120 }, 'IMG_2041'))).toBe(
      'IMG_2041, 60 percent',
    );
    expect(speakProgress(upload({ kind: 'queued' }, 'IMG_2041'))).toBe('IMG_2041, Up next');
  });
});
