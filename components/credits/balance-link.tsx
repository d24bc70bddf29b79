import Link from 'next/link';
import { formatNumber } from '@/lib/format';
import { paths } from '@/lib/paths';

interface BalanceLinkProps {
  balance: { totalCredits: number; reservedCredits: number };
}

/** "Balance 46,000 (22,000 reserved)" in the header; on phones the bracket takes a line of its own. */
export function BalanceLink({ balance: { totalCredits, reservedCredits } }: BalanceLinkProps) {
  return (
    <Link
      href={paths.credits()}
      className="flex min-h-target flex-wrap items-center justify-end gap-x-[0.5ch] rounded-control px-2 leading-tight whitespace-nowrap hover:bg-well hover:text-ink max-sm:flex-col max-sm:items-end max-sm:justify-center"
    >
      <span>
        <span className="max-sm:sr-only">Balance </span>
        <span className="font-medium text-ink">{formatNumber(totalCredits)}</span>
      </span>{' '}
      {reservedCredits > 0 && (
        <span className="max-sm:text-frame">({formatNumber(reservedCredits)} reserved)</span>
      )}
    </Link>
  );
}
