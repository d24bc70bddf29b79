import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  buyCreditsSchema,
  findPackage,
  packageTable,
  proposePackage,
  wordOffer,
} from './packages.ts';

const { packages } = packageTable;

describe('the table of packages', () => {
  it('sells 10,000, 25,000, 60,000 and 150,000 credits', () => {
    expect(packages.map(({ credits, amountCents }) => [credits, amountCents])).toEqual([
      [10_000, 1_500],
      [25_000, 2_500],
      [60_000, 5_700],
      [150_000, 13_700],
    ]);
  });

  it('asks between $0.00091 and $0.0015 a credit, less the more are bought', () => {
    const each = packages.map(({ credits, amountCents }) => amountCents / 100 / credits);
    for (const dollars of each) {
      expect(dollars).toBeGreaterThanOrEqual(0.00091);
      expect(dollars).toBeLessThanOrEqual(0.0015);
    }
    expect(each).toEqual([...each].sort((a, b) => b - a));
  });

  it('holds whole credits and whole cents, and ids that name the version', () => {
    for (const { id, credits, amountCents } of packages) {
      expect(Number.isInteger(credits) && Number.isInteger(amountCents)).toBe(true);
      expect(id).toBe(`v${packageTable.version}-${credits}`);
      expect(findPackage(id)).toMatchObject({ id, credits, amountCents });
    }
  });

  it.each(['v0-25000', '25000', '', 'v1-25000 '])('does not know "%s"', (id) => {
    expect(findPackage(id)).toBeNull();
  });
});

describe('the proposed package', () => {
  it.each([
    [0, 25_000],
    [-5, 25_000],
    [1, 10_000],
    [10_000, 10_000],
    [10_001, 25_000],
    [60_000, 60_000],
    [150_001, 150_000],
  ])('for %i missing credits has %i', (missing, credits) => {
    expect(proposePackage(missing).credits).toBe(credits);
  });

  it('covers what is missing whenever one package can, and no smaller one would', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 150_000 }), (missing) => {
        const { credits } = proposePackage(missing);
        expect(credits).toBeGreaterThanOrEqual(missing);
        const smaller = packages.filter((other) => other.credits < credits);
        expect(smaller.every((other) => other.credits < missing)).toBe(true);
      }),
    );
  });
});

describe('its words', () => {
  it.each([
    [25_000, 2_500, '25,000\u00a0credits for $25'],
    [150_000, 13_650, '150,000\u00a0credits for $136.50'],
  ])('%i credits for %i cents', (credits, amountCents, words) => {
    expect(wordOffer({ credits, amountCents })).toBe(words);
  });
});

describe('the request', () => {
  const request = { packageId: 'v1-25000', requestId: '0190a6a4-8f3e-7c3e-9f3e-0190a6a48f3e' };

  it.each([
    ['a user', { ...request, userId: request.requestId }],
    ['an amount of money', { ...request, amountCents: 1 }],
    ['no request id', { packageId: request.packageId }],
    ['an id of 10,000 characters', { ...request, packageId: 'x'.repeat(10_000) }],
    ['a number as package', { ...request, packageId: 25_000 }],
  ])('does not take %s', (_, input) => {
    expect(buyCreditsSchema.safeParse(input).success).toBe(false);
  });

  it('takes a package, a request id and a way back', () => {
    expect(buyCreditsSchema.parse({ ...request, back: '/credits' })).toMatchObject(request);
  });
});
