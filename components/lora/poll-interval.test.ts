import { describe, expect, it } from 'vitest';
import { pollIntervalMs } from './poll-interval';

const calm = { expected: false, sandbox: false, sinceChangeMs: 60_000 };

describe('how often the browser asks after a training', () => {
  it.each([
    ['nothing was ever trained', { ...calm, status: null }, false],
    ['a training is about to appear', { ...calm, status: null, expected: true }, 2_000],
    ['just started', { ...calm, status: 'pending', sinceChangeMs: 29_999 }, 2_000],
    ['waiting for a GPU', { ...calm, status: 'pending' }, 30_000],
    ['just changed', { ...calm, status: 'training', sinceChangeMs: 0 }, 2_000],
    ['training', { ...calm, status: 'training' }, 10_000],
    ['the sandbox is quick throughout', { ...calm, status: 'training', sandbox: true }, 2_000],
    ['ready', { ...calm, status: 'ready', sinceChangeMs: 0 }, false],
    ['failed', { ...calm, status: 'failed', sandbox: true }, false],
    ['cancelled', { ...calm, status: 'cancelled' }, false],
    ['the next one after an end', { ...calm, status: 'failed', expected: true }, 2_000],
  ] as const)('%s', (_, training, everyMs) => {
    expect(pollIntervalMs(training)).toBe(everyMs);
  });
});
