import { describe, expect, it } from 'vitest';
import { type Inbox, type Notice, withChanges, wordArrivals, wordCount } from './inbox-state.ts';

const notice = (id: string, read = false): Notice => ({
  id,
  type: 'lora.training.completed',
  title: `Title ${id}`,
  body: `Body ${id}.`,
  href: '/influencer',
  read,
  createdAt: '2026-03-12T12:00:00Z',
});

const inbox: Inbox = {
  unreadCount: 2,
  notifications: [notice('a'), notice('b'), notice('c', true)],
};
const after = (changes: [string, { read?: boolean; dismissed?: boolean }][]) => {
  const { unreadCount, notifications } = withChanges(inbox, new Map(changes));
  return [unreadCount, notifications.map(({ id, read }) => `${id}${read ? '' : '*'}`).join(' ')];
};

describe('withChanges', () => {
  it.each([
    ['nothing', [], [2, 'a* b* c']],
    ['read', [['a', { read: true }]], [1, 'a b* c']],
    ['read already', [['c', { read: true }]], [2, 'a* b* c']],
    ['unread', [['c', { read: false }]], [3, 'a* b* c*']],
    ['dismissed unread', [['b', { dismissed: true }]], [1, 'a* c']],
    ['dismissed read', [['c', { dismissed: true }]], [2, 'a* b*']],
    ['read, then dismissed', [['a', { read: true, dismissed: true }]], [1, 'b* c']],
    ['brought back', [['a', { dismissed: false }]], [2, 'a* b* c']],
    ['one the server no longer lists', [['z', { dismissed: true }]], [2, 'a* b* c']],
  ] as const)('%s', (_, changes, expected) => {
    expect(after(changes.map(([id, change]) => [id, change]))).toEqual(expected);
  });

  it('never counts below zero', () => {
    const odd = { unreadCount: 0, notifications: [notice('a')] };
    expect(withChanges(odd, new Map([['a', { read: true }]])).unreadCount).toBe(0);
  });
});

it('tells of arrivals in one message', () => {
  expect(wordArrivals([])).toBe('');
  expect(wordArrivals([notice('a')])).toBe('New: Title a. Body a.');
  expect(wordArrivals([notice('b'), notice('a')])).toBe(
    '2 new notifications. The latest: Title b.',
  );
});

it('counts to 99', () => {
  expect([0, 3, 99, 100].map(wordCount)).toEqual(['0', '3', '99', '99+']);
});
