import { configuredProvider } from '../gpu/configured-provider.ts';
import type { Rent } from '../gpu/provider.ts';

interface Costed {
  provider: string;
  gpuSeconds: number;
  microUsdPerSecond: number | null;
  rentedSince: Date | null;
  spentInVainMicroUsd: bigint;
}

/**
 * What an attempt has cost so far, in whole micro-dollars (D3): its seconds at the price it was
 * submitted at, and the GPUs given up before. Never less than before.
 */
export function accrued(attempt: Costed, gpuSeconds: number) {
  const price =
    attempt.microUsdPerSecond ?? configuredProvider(attempt.provider).price().microUsdPerSecond;
  const seconds = Math.max(attempt.gpuSeconds, gpuSeconds);
  return {
    gpuSeconds: seconds,
    gpuCostMicroUsd: attempt.spentInVainMicroUsd + BigInt(Math.round(seconds * price)),
  };
}

/** What is kept of a price when a job is submitted, or found. */
export function priceAtSubmit(provider: string, rent: Rent | undefined) {
  const { microUsdPerSecond } = rent ?? configuredProvider(provider).price();
  return { microUsdPerSecond, rentedSince: rent?.since ?? null };
}

/** The last word on what an attempt has cost: a rented GPU costs until it is known to be gone. */
export function costUntilGone(attempt: Costed, goneAt: Date) {
  if (!attempt.rentedSince) return {};
  return accrued(attempt, (goneAt.getTime() - attempt.rentedSince.getTime()) / 1_000);
}
