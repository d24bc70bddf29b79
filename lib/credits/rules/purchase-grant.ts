import { formatDollars } from '../../format.ts';
import { sandboxGrantPrefix } from './sandbox-credits.ts';

/** The idempotency key of a purchase's one grant. A test purchase is marked as paid by nobody. */
export function purchaseGrantKey({ id, provider }: { id: string; provider: string }): string {
  return `${provider === 'sandbox' ? sandboxGrantPrefix : ''}purchase:${id}`;
}

/** What the ledger says of it, without a word about the person. */
export function purchaseMemo({
  provider,
  amountCents,
}: {
  provider: string;
  amountCents: number;
}): string {
  const money = formatDollars(amountCents * 10_000);
  return provider === 'sandbox'
    ? `Test purchase for ${money}, no money moved`
    : `Bought for ${money}`;
}
