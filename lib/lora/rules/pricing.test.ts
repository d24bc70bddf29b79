import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { baseModelIds } from './base-models.ts';
import { quoteTraining } from './pricing.ts';

describe('quoteTraining', () => {
  // The specification's own examples (D1).
  it.each([
    ['z-image-turbo', 5, 20_000],
    ['z-image-turbo', 10, 25_000],
    ['flux', 7, 32_000],
    ['one-2.1', 7, 32_000],
    ['one-2.2', 50, 75_000],
  ] as const)('%s with %i images costs %i credits', (baseModel, images, total) => {
    expect(quoteTraining(baseModel, images).totalCredits).toBe(total);
  });

  it('is base plus images times price, in whole credits, and grows with each image', () => {
    fc.assert(
      fc.property(fc.constantFrom(...baseModelIds), fc.integer({ min: 0, max: 50 }), (id, n) => {
        const quote = quoteTraining(id, n);
        expect(quote.totalCredits).toBe(quote.baseCredits + n * quote.perImageCredits);
        expect(Number.isSafeInteger(quote.totalCredits)).toBe(true);
        expect(quoteTraining(id, n + 1).totalCredits).toBeGreaterThan(quote.totalCredits);
      }),
    );
  });
});
