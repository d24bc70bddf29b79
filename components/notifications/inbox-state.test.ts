import { describe, expect, it } from 'vitest';
import {
  type Inbox,
  type Notice,
  newestOf,
  type Press,
  pendingPresses,
  withPresses,
  wordArrivals,
  wordCount,
} from './inbox-state.ts';

const at = { a: '12:03', b: '12:02', c: '12:01', d: '12:00', z: '11:00', n: '12:30' };
type Id = keyof typeof at;

const notice = (id: Id, read = false): Notice => ({
  id,
  type: 'lora.training.completed',
  title: `Title ${id}`,
  body: `Body ${id}.`,
  href: '/influencer',
  read,
  createdAt: `2026-03-12T${at[id]}:00Z`,
});

/** Three of ten on this page; of all, five are unread. */
const inbox: Inbox = {
  unreadCount: 5,
  totalCount: 10,
  trainingOpen: false,
  notifications: [notice('a'), notice('b'), notice('c', true)],
  nextBefore: 'c',
};

const press = (of: Press['of'], change: Press['change'], page: string | null = null): Press => ({
  number: 1,
  of,
  change,
  page,
  confirmedAt: null,
});
const one = (id: Id, change: Press['change'], page: string | null = null) =>
  press({ notices: [notice(id, id === 'c')] }, change, page);
const all = (upTo: Id, change: Press['change']) => press({ upTo: notice(upTo) }, change);

const after = (...presses: Press[]) => {
  const { unreadCount, totalCount, notifications } = withPresses(inbox, presses);
  const list = notifications.map(({ id, read }) => `${id}${read ? '' : '*'}`).join(' ');
  return [unreadCount, totalCount, list];
};

describe('withPresses', () => {
  it.each([
    ['nothing', [], [5, 10, 'a* b* c']],
    ['read', [one('a', { read: true })], [4, 10, 'a b* c']],
    ['read already', [one('c', { read: true })], [5, 10, 'a* b* c']],
    ['unread', [one('c', { read: false })], [6, 10, 'a* b* c*']],
    ['dismissed unread', [one('b', { dismissed: true })], [4, 9, 'a* c']],
    ['dismissed read', [one('c', { dismissed: true })], [5, 9, 'a* b*']],
    [
      'read, then dismissed',
      [one('a', { read: true }), one('a', { dismissed: true })],
      [4, 9, 'b* c'],
    ],
    [
      'dismissed and brought back',
      [one('b', { dismissed: true }), one('b', { dismissed: false })],
      [5, 10, 'a* b* c'],
    ],
    [
      'brought back after the server had taken it off',
      [one('d', { dismissed: false })],
      [6, 11, 'a* b* c d*'],
    ],
    ['brought back on another page', [one('z', { dismissed: false }, 'c')], [5, 10, 'a* b* c']],
    ['one that is on another page', [one('z', { read: true })], [5, 10, 'a* b* c']],
    ['all read', [all('a', { read: true })], [0, 10, 'a b c']],
    ['all read but what came since', [all('b', { read: true })], [1, 10, 'a* b c']],
    ['all dismissed', [all('a', { dismissed: true })], [0, 0, '']],
    ['all dismissed but what came since', [all('b', { dismissed: true })], [1, 1, 'a*']],
    [
      'ten presses end where the tenth left it',
      Array.from({ length: 10 }, (_, n) => one('a', { read: n % 2 === 0 })),
      [5, 10, 'a* b* c'],
    ],
  ] as [string, Press[], unknown][])('%s', (_, presses, expected) => {
    expect(after(...presses)).toEqual(expected);
  });

  it('never counts below zero', () => {
    const odd = { ...inbox, unreadCount: 0, totalCount: 0 };
    expect(withPresses(odd, [one('a', { dismissed: true })])).toMatchObject({
      unreadCount: 0,
      totalCount: 0,
    });
  });

  it('does not offer an older page of what is all dismissed', () => {
    expect(withPresses(inbox, [all('a', { dismissed: true })]).nextBefore).toBeNull();
  });
});

describe('pendingPresses', () => {
  const made = [
    { ...one('a', { read: true }), number: 1, confirmedAt: null },
    { ...one('b', { read: true }), number: 2, confirmedAt: 1_000 },
  ];
  const numbers = (askedAt: number) => pendingPresses(made, askedAt).map(({ number }) => number);

  it('keeps what an answer asked for before cannot know of, and drops what it must know of', () => {
    expect(numbers(999)).toEqual([1, 2]);
    expect(numbers(1_000)).toEqual([1]);
  });

  it('is the same list while nothing is dropped', () => {
    expect(pendingPresses(made, 0)).toBe(made);
  });
});

it('knows the newest, whatever the order', () => {
  expect(newestOf([])).toBe('');
  expect(newestOf([notice('b'), notice('a'), notice('z')])).toBe(newestOf([notice('a')]));
  expect(newestOf([notice('n')]) > newestOf([notice('a')])).toBe(true);
});

it('tells of arrivals in one message', () => {
  expect(wordArrivals([])).toBe('');
  expect(wordArrivals([notice('a')])).toBe('New: Title a');
  expect(wordArrivals([notice('b'), notice('a')])).toBe('2 new notifications. The latest: Title b');
});

it('counts to 99', () => {
  expect([0, 3, 99, 100].map(wordCount)).toEqual(['0', '3', '99', '99+']);
});
