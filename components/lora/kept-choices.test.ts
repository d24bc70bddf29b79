import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { keepDraft, keepSwitch, keptSwitch, newerDraft } from './kept-choices';

const older = '2026-03-12T12:00:00.000Z';
const newer = '2026-03-12T12:00:00.001Z';
const draft = { baseModel: 'one-2.1', imageIds: ['a'] } as const;

it('gives a draft to a page that knows less, and to no other', () => {
  const id = randomUUID();
  expect(newerDraft(id, older)).toBeNull();
  keepDraft(id, { ...draft, imageIds: ['a'] }, newer);
  expect(newerDraft(id, older)).toEqual(draft);
  // The page was read after that save, or has it.
  expect(newerDraft(id, newer)).toBeNull();
  expect(newerDraft(randomUUID(), older)).toBeNull();
});

it('gives a draft whose save is on its way to every page, until the answer', () => {
  const id = randomUUID();
  keepDraft(id, { ...draft, imageIds: ['a'] });
  expect(newerDraft(id, newer)).toEqual(draft);
  keepDraft(id, { ...draft, imageIds: ['a'] }, older);
  expect(newerDraft(id, newer)).toBeNull();
});

it('keeps each switch of each character by itself', () => {
  const id = randomUUID();
  keepSwitch(id, 'autoStart', { value: false, version: newer });
  expect(keptSwitch(id, 'autoStart')).toEqual({ value: false, version: newer });
  expect(keptSwitch(id, 'notifyEmail')).toBeNull();
  expect(keptSwitch(randomUUID(), 'autoStart')).toBeNull();
});
