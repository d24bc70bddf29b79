import { describe, expect, it, test } from 'vitest';
import { failureReasons } from '../../lib/lora/rules/lifecycle.ts';
import { stateOf, type TrainingState, trainingStates } from '../lora/training-states.tsx';
import { catalogue, findState, groupNames, wordSlug } from './catalogue.ts';
import { failedTraining, shownAs, trainingRecord, trainings } from './trainings.ts';

describe('the list of states', () => {
  it('has none twice, and names that can stand in an address', () => {
    for (const group of groupNames) {
      const states: readonly string[] = catalogue[group];
      expect(new Set(states).size).toBe(states.length);
      for (const name of [group, ...states]) expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
    }
  });

  it('is found by address, and nothing else is', () => {
    for (const group of groupNames) {
      for (const state of catalogue[group]) {
        expect(findState([group, state])).toEqual({ group, state });
      }
    }
    const others = [[], ['settings'], ['settings', 'x'], ['x', 'none'], ['settings', 'none', '1']];
    for (const segments of [...others, ['toString', 'length'], ['constructor', 'name']]) {
      expect(findState(segments)).toBeNull();
    }
  });

  it('is worded in sentence case', () => {
    expect(wordSlug('four-of-five')).toBe('Four of five');
  });
});

describe('the trainings that stand for states', () => {
  test.each(Object.keys(trainingStates) as TrainingState[])(
    '%s is shown in the settings',
    (state) => {
      const name = shownAs[state];
      expect(catalogue.settings).toContain(name);
      expect(stateOf(trainings[name])).toBe(state);
    },
  );

  it('are those of the list', () => {
    for (const name of Object.keys(trainings)) expect(catalogue.settings).toContain(name);
  });

  it('have what such trainings have: a free retry when it was ours, files while there are any', () => {
    for (const reason of Object.keys(failureReasons) as (keyof typeof failureReasons)[]) {
      const { failure, freeRetryUntil, money } = failedTraining(reason);
      expect(failure?.reason).toBe(reason);
      expect(freeRetryUntil !== null).toBe(failureReasons[reason] === 'ours');
      expect(money).toBe('released');
    }
    for (const training of Object.values(trainings)) {
      if (!training) continue;
      const { status, expiredAt, files, sampleCount } = training;
      expect(files.length > 0).toBe(status === 'ready' && expiredAt === null);
      const record = trainingRecord(training);
      expect(record.samples).toHaveLength(sampleCount);
      expect(record.images.length + record.deletedImageCount).toBe(training.imageCount);
    }
  });
});
