import { expect, it } from 'vitest';
import { accrued, costUntilGone, priceAtSubmit } from './gpu-cost.ts';

const submittedAt = new Date('2026-03-12T12:00:00Z');
const attempt = {
  provider: 'runpod',
  gpuSeconds: 100,
  microUsdPerSecond: 497,
  rentedSince: submittedAt,
  spentInVainMicroUsd: 0n,
};
const hourLater = new Date(submittedAt.getTime() + 3_600_000);

it('accrues seconds at the price of the submit, whatever is configured now', () => {
  expect(accrued(attempt, 200)).toEqual({ gpuSeconds: 200, gpuCostMicroUsd: 99_400n });
});

it('never goes back, when a later look tells of fewer seconds', () => {
  expect(accrued(attempt, 40)).toEqual({ gpuSeconds: 100, gpuCostMicroUsd: 49_700n });
});

it('counts what was spent on GPUs that never came up', () => {
  expect(accrued({ ...attempt, spentInVainMicroUsd: 1_000n }, 200)).toMatchObject({
    gpuCostMicroUsd: 100_400n,
  });
});

it('a rented GPU costs until it is gone, long after its training has ended', () => {
  expect(costUntilGone(attempt, hourLater)).toEqual({
    gpuSeconds: 3_600,
    gpuCostMicroUsd: 1_789_200n,
  });
});

it('a GPU that is not rented costs the seconds it reported and no more', () => {
  expect(costUntilGone({ ...attempt, rentedSince: null }, hourLater)).toEqual({});
});

it('keeps the price the provider names, rather than the configured estimate', () => {
  const rent = { since: submittedAt, microUsdPerSecond: 239 };
  expect(priceAtSubmit('runpod', rent)).toEqual({
    microUsdPerSecond: 239,
    rentedSince: submittedAt,
  });
});
