import { paths } from '@/lib/paths';
import { Link } from '../ui/link';
import { BalanceFigures } from './balance-figures';

interface BalanceLinkProps {
  balance: { availableCredits: number; reservedCredits: number };
}

/** "Balance 46,000 (22,000 reserved)" in the header; on phones the bracket takes a line of its own. */
export function BalanceLink({ balance }: BalanceLinkProps) {
  return (
    <Link
      href={paths.credits()}
      className="flex min-h-target items-center rounded-control px-2 text-right leading-tight hover:bg-well hover:text-ink"
    >
      <span>
        <span className="max-sm:sr-only">Balance </span>
        <BalanceFigures balance={balance} stacked />
      </span>
    </Link>
  );
}
