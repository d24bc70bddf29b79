import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failureReasons } from '../../lora/rules/lifecycle.ts';
import { entryKinds, isFiltering, readLedgerFilter } from './ledger-filter.ts';
import { balanceChange, lineDetail, lineReason, reservedChange } from './line-words.ts';

describe('what a line does', () => {
  it.each([
    ['grant', 22_000, 0],
    ['reserve', 0, 22_000],
    ['capture', -22_000, -22_000],
    ['release', 0, -22_000],
  ] as const)('a %s moves the balance by %i and the reserved part by %i', (kind, all, reserved) => {
    expect(balanceChange(kind, 22_000)).toBe(all);
    expect(reservedChange(kind, 22_000) + 0).toBe(reserved);
  });

  it('adds up: a hold with its ending moves the balance only when it is charged', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), (amount) => {
        expect(reservedChange('reserve', amount) + reservedChange('capture', amount)).toBe(0);
        expect(reservedChange('reserve', amount) + reservedChange('release', amount)).toBe(0);
        expect(balanceChange('reserve', amount) + balanceChange('release', amount)).toBe(0);
        expect(balanceChange('reserve', amount) + balanceChange('capture', amount)).toBe(-amount);
      }),
    );
  });
});

describe('what a line says', () => {
  it('names what it was for without the ledger’s own word', () => {
    expect(lineDetail('Training, 7 images, Z-Image Turbo')).toBe('7 images, Z-Image Turbo');
    expect(lineDetail('Sandbox credits')).toBe('Sandbox credits');
  });

  it('says why credits came back', () => {
    const failed = (failureReason: keyof typeof failureReasons) =>
      lineReason('release', { status: 'failed', failureReason });
    expect(failed('GPU_OUT_OF_MEMORY')).toBe('The training failed: the GPU ran out of memory.');
    expect(failed('GPU_UNAVAILABLE')).toBe('The training failed: no GPU was free in time.');
    expect(lineReason('release', { status: 'cancelled', failureReason: null })).toBe(
      'The training was cancelled.',
    );
    expect(lineReason('release', null)).toBe('The training did not end with a model.');
  });

  it('has a sentence for every reason a training can fail for', () => {
    for (const reason of Object.keys(failureReasons) as (keyof typeof failureReasons)[]) {
      const sentence = lineReason('release', { status: 'failed', failureReason: reason });
      expect(sentence).toMatch(/^The training failed: \S.+\.$/);
    }
  });
});

describe('a filter from an address', () => {
  const id = '0190a6a4-8f3e-7c3e-9f3e-0190a6a48f3e';

  it.each([
    [{}, {}],
    [{ kind: 'capture' }, { kind: 'capture' }],
    [{ kind: 'everything', character: id }, { character: id }],
    [{ kind: null, character: 'deleted' }, { character: 'deleted' }],
    [{ character: "'; DROP TABLE credit_lines" }, {}],
    [{ kind: 'capture'.repeat(10_000), character: '../../x' }, {}],
  ])('%o is %o', (parameters, filter) => {
    expect(readLedgerFilter(parameters)).toEqual({
      kind: undefined,
      character: undefined,
      ...filter,
    });
  });

  it('knows whether it leaves anything out', () => {
    expect(isFiltering(readLedgerFilter({}))).toBe(false);
    for (const kind of entryKinds) expect(isFiltering(readLedgerFilter({ kind }))).toBe(true);
    expect(isFiltering(readLedgerFilter({ character: id }))).toBe(true);
  });
});
