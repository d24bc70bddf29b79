import { describe, expect, it } from 'vitest';
import type { Upload, UploadState } from './upload-queue';
import { groupStage, wordGroup, wordUpload } from './upload-words';

const upload = (state: UploadState, name = 'a.jpg'): Upload => ({
  id: name,
  file: new File([new Uint8Array(200)], name, { type: 'image/jpeg' }),
  state,
});
const done = upload({ kind: 'done', number: 1 });
const copy = upload({ kind: 'duplicate', ofImageId: 'x', ofNumber: 7 });
const failed = upload({ kind: 'failed', sentence: 'Too large.', canRetry: false });
const sending = upload({ kind: 'sending', sentBytes: 120 });

describe('the group line', () => {
  it.each([
    [[done, copy, sending], '2 of 3 uploaded'],
    [[done, failed], '1 of 2 uploaded, 1\u00a0needs attention'],
    [[failed, failed], '0 of 2 uploaded, 2\u00a0need attention'],
  ])('%#', (uploads, line) => {
    expect(wordGroup(uploads)).toBe(line);
  });

  it.each([
    [[], 'none'],
    [[sending, sending, done], 'started'],
    [[sending, done], 'half'],
    [[done, failed, copy], 'ended'],
  ] as const)('stage %#', (uploads, stage) => {
    expect(groupStage(uploads)).toBe(stage);
  });
});

describe('a row', () => {
  it.each([
    [upload({ kind: 'waiting' }), 'Waiting'],
    [sending, '60 %'],
    [upload({ kind: 'checking' }), 'Checking…'],
    [upload({ kind: 'checking' }, 'IMG_1.HEIC'), 'Converting…'],
    [done, 'Uploaded, image 1'],
    [copy, 'Already here, as image 7'],
    [failed, 'Too large.'],
  ])('%#', (row, words) => {
    expect(wordUpload(row)).toBe(words);
  });
});
