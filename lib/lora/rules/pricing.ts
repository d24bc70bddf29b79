import type { BaseModelId } from './base-models.ts';

/**
 * D1: the one price table. A change gets a new version; each training keeps the version it was
 * sold at. Whole credits.
 */
export const priceVersion = 1;

const prices: Record<BaseModelId, { baseCredits: number; perImageCredits: number }> = {
  'z-image-turbo': { baseCredits: 15_000, perImageCredits: 1_000 },
  flux: { baseCredits: 25_000, perImageCredits: 1_000 },
  'one-2.1': { baseCredits: 25_000, perImageCredits: 1_000 },
  'one-2.2': { baseCredits: 25_000, perImageCredits: 1_000 },
};

/** What a training costs and how that sum is made; shown to the creator line by line (AC-2). */
export interface Quote {
  version: number;
  baseCredits: number;
  perImageCredits: number;
  imageCount: number;
  totalCredits: number;
}

/** Q8: total = base + images × per image, in whole credits. */
export function quoteTraining(baseModel: BaseModelId, imageCount: number): Quote {
  const { baseCredits, perImageCredits } = prices[baseModel];
  return {
    version: priceVersion,
    baseCredits,
    perImageCredits,
    imageCount,
    totalCredits: baseCredits + imageCount * perImageCredits,
  };
}
