import { describe, expect, it } from 'vitest';
import { openStatuses } from '../../lib/lora/rules/lifecycle.ts';
import { stateOf, type TrainingState, trainingStates } from './training-states';

const training = {
  status: 'ready',
  cancelRequested: false,
  expiredAt: null,
  failure: null,
} as const;
const at = '2026-03-12T12:00:00.000Z';

describe('stateOf', () => {
  it.each([
    ['none', null],
    ['pending', { ...training, status: 'pending' }],
    ['training', { ...training, status: 'training' }],
    ['stopping', { ...training, status: 'pending', cancelRequested: true }],
    ['stopping', { ...training, status: 'training', cancelRequested: true }],
    ['ready', training],
    ['expired', { ...training, expiredAt: at }],
    [
      'failed',
      { ...training, status: 'failed', failure: { reason: 'GPU_OUT_OF_MEMORY', ours: true } },
    ],
    [
      'stopped',
      { ...training, status: 'failed', failure: { reason: 'IMAGES_UNREADABLE', ours: false } },
    ],
    ['cancelled', { ...training, status: 'cancelled' }],
  ] as const)('%s', (state, view) => {
    expect(stateOf(view)).toBe(state);
  });
});

describe('the table of states', () => {
  const states = Object.keys(trainingStates) as TrainingState[];
  const offered = (state: TrainingState) => {
    const { primary, secondary } = trainingStates[state];
    return primary ? [primary, ...secondary] : [...secondary];
  };

  it('lets a training be cancelled exactly where the server does', () => {
    const cancellable = states.filter((state) => offered(state).includes('cancel'));
    expect(cancellable).toEqual([...openStatuses]);
  });

  it('offers no start while one is open, and a way on everywhere else', () => {
    const starts = ['choose-images', 'retrain', 'retry-for-free', 'fix-images', 'train-again'];
    for (const state of states) {
      const ways = offered(state).filter((step) => starts.includes(step));
      const open = state === 'stopping' || openStatuses.some((status) => status === state);
      expect({ state, canStart: ways.length > 0 }).toEqual({ state, canStart: !open });
    }
  });

  it('offers nothing twice', () => {
    for (const state of states) expect(new Set(offered(state)).size).toBe(offered(state).length);
  });
});
