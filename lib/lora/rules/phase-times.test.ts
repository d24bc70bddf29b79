import { describe, expect, it } from 'vitest';
import { phaseTimes } from './phase-times.ts';

const at = (seconds: number) => new Date(Date.UTC(2026, 2, 12, 12, 0, seconds));
const nothing = {
  createdAt: at(0),
  startedAt: null,
  firstStepAt: null,
  lastStepAt: null,
  readyAt: null,
};

describe('how long each station took', () => {
  it.each([
    ['waiting', {}, { waiting: null, preparing: null, training: null, saving: null }],
    ['a GPU has it', { startedAt: at(12) }, { waiting: 12_000, preparing: null }],
    [
      'it trains',
      { startedAt: at(12), firstStepAt: at(30) },
      { preparing: 18_000, training: null },
    ],
    [
      'it is ready',
      { startedAt: at(12), firstStepAt: at(30), lastStepAt: at(50), readyAt: at(59) },
      { waiting: 12_000, preparing: 18_000, training: 20_000, saving: 9_000 },
    ],
    [
      'a step was never seen',
      { startedAt: at(12), readyAt: at(40) },
      { training: null, saving: null },
    ],
    [
      'a clock that went back',
      { startedAt: at(12), firstStepAt: at(10) },
      { waiting: 12_000, preparing: 0 },
    ],
  ])('%s', (_, known, times) => {
    expect(phaseTimes({ ...nothing, ...known })).toMatchObject(times);
  });
});
