import { z } from 'zod';
import { formatCredits, formatDollars } from '../../format.ts';

/** Whole cents of one currency; never a float. */
export interface CreditPackage {
  /** Names the table's version too: a changed price is another package. */
  id: string;
  credits: number;
  amountCents: number;
}

const version = 1;

const entry = (credits: number, amountCents: number): CreditPackage => ({
  id: `v${version}-${credits}`,
  credits,
  amountCents,
});

/**
 * What can be bought, smallest first: the one table of packages. A credit costs from $0.0015 down to
 * $0.00091, less the more are bought at once. Whoever changes a line raises the version; what was
 * sold keeps its own figures in `purchases`.
 */
export const packageTable = {
  version,
  currency: 'usd',
  packages: [
    entry(10_000, 1_500),
    entry(25_000, 2_500),
    entry(60_000, 5_700),
    entry(150_000, 13_700),
  ],
} as const satisfies { version: number; currency: string; packages: CreditPackage[] };

/** The package of that id, or null when it is not offered (any more). */
export function findPackage(id: string): CreditPackage | null {
  return packageTable.packages.find((offered) => offered.id === id) ?? null;
}

/**
 * The package to propose: the smallest that covers what is missing, the largest when none does, and
 * the one of 25,000 credits when nothing is known to be missing.
 */
export function proposePackage(missingCredits: number): CreditPackage {
  const wanted = missingCredits > 0 ? missingCredits : 25_000;
  const packages: readonly CreditPackage[] = packageTable.packages;
  const largest = packages[packages.length - 1] as CreditPackage;
  return packages.find(({ credits }) => credits >= wanted) ?? largest;
}

/** "25,000 credits for $25". */
export function wordOffer({ credits, amountCents }: Omit<CreditPackage, 'id'>): string {
  return `${formatCredits(credits)} for ${wordCents(amountCents)}`;
}

/** 2500 → "$25". */
export function wordCents(amountCents: number): string {
  return formatDollars(amountCents * 10_000);
}

export const buyCreditsSchema = z.strictObject({
  packageId: z.string().max(40),
  /** Made when the form opens, kept until an answer came: the same id buys once. */
  requestId: z.uuid(),
  /** A path of ours to return to after the payment. */
  back: z.string().max(500).optional(),
});
export type BuyCredits = z.infer<typeof buyCreditsSchema>;

export const purchaseIdSchema = z.strictObject({ purchaseId: z.uuid() });
export type PurchaseId = z.infer<typeof purchaseIdSchema>;
