import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseAll, limitChosen, printsBetween } from './choose-prints';

const ids = (...numbers: number[]) => numbers.map(String);
const upTo = (count: number) => Array.from({ length: count }, (_, at) => String(at + 1));

describe('more than may be chosen', () => {
  it.each([
    ['room for all', ids(1), ids(1, 2, 3), '1', ids(1, 2, 3), []],
    ['one too many', ids(1, 2, 3, 4), ids(1, 2, 3, 4, 9), '9', ids(1, 2, 3, 4), ids(9)],
    ['a range forwards', ids(1, 2), ids(1, 2, 5, 6, 7, 8), '5', ids(1, 2, 5, 6), ids(7, 8)],
    ['a range backwards', ids(1, 2), ids(1, 2, 5, 6, 7, 8), '8', ids(1, 2, 8, 7), ids(6, 5)],
    ['taking away is never refused', ids(1, 2, 3, 4), ids(1), null, ids(1), []],
  ])('%s', (_, before, wanted, anchor, chosen, refused) => {
    const result = limitChosen(new Set(before), new Set(wanted), upTo(10), anchor, 4);
    expect([...result.chosen]).toEqual(chosen);
    expect(result.refused).toEqual(refused);
  });

  it('holds for any wish', () => {
    const some = fc.uniqueArray(fc.constantFrom(...upTo(30)));
    fc.assert(
      fc.property(some, some, fc.integer({ min: 1, max: 20 }), (first, wanted, max) => {
        const before = new Set(first.slice(0, max));
        const { chosen, refused } = limitChosen(before, new Set(wanted), upTo(30), '7', max);
        expect(chosen.size).toBeLessThanOrEqual(max);
        expect([...chosen, ...refused].sort()).toEqual([...wanted].sort());
        for (const id of refused) expect(before.has(id)).toBe(false);
      }),
    );
  });
});

describe('select all', () => {
  it('takes the first that fit, in order', () => {
    expect([...chooseAll(new Set(), upTo(60), 50)]).toEqual(upTo(50));
    expect([...chooseAll(new Set(['60']), upTo(60), 50)]).toEqual(upTo(50));
  });

  it('keeps what a filter hides', () => {
    expect([...chooseAll(new Set(ids(7, 8)), ids(1, 2, 3), 4)]).toEqual(ids(7, 8, 1, 2));
    expect([...chooseAll(new Set(ids(7, 8)), [], 4)]).toEqual(ids(7, 8));
  });
});

describe('a range', () => {
  it.each([
    ['forwards', '2', '4', ids(2, 3, 4)],
    ['backwards', '4', '2', ids(2, 3, 4)],
    ['of one', '3', '3', ids(3)],
    ['from what is not shown', '99', '3', []],
    ['from nowhere', null, '3', []],
  ])('%s', (_, from, to, between) => {
    expect(printsBetween(upTo(9), from, to)).toEqual(between);
  });
});
