import { expect, it } from 'vitest';
import { inboxPollMs } from './poll-interval.ts';

it.each([
  [true, Number.POSITIVE_INFINITY, 3_000],
  [true, 0, 3_000],
  [false, 0, 3_000],
  [false, 29_999, 3_000],
  [false, 30_000, 30_000],
  [false, Number.POSITIVE_INFINITY, 30_000],
])('training open %s, %i ms since a change: every %i ms', (trainingOpen, sinceChangeMs, every) => {
  expect(inboxPollMs({ trainingOpen, sinceChangeMs })).toBe(every);
});
