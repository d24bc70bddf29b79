import { formatNumber } from '@/lib/format';
import { BalanceFigures } from './balance-figures';

interface BalanceHeadlineProps {
  balance: { availableCredits: number; reservedCredits: number };
}

/** "Balance: 46,000 (22,000 reserved)" and what of it can be spent. */
export function BalanceHeadline({ balance }: BalanceHeadlineProps) {
  return (
    <div>
      <p className="text-page narrow sm:text-name">
        Balance: <BalanceFigures balance={balance} />
      </p>
      <p className="mt-1 text-ink-2">
        <span className="tabular-nums">{formatNumber(balance.availableCredits)}</span> to spend
        {balance.reservedCredits > 0 &&
          '. What is reserved is charged when a training is done, and released when it is not.'}
      </p>
    </div>
  );
}
