import { formatNumber } from '@/lib/format';
import { joinClasses } from '../ui/join-classes';

interface BalanceFiguresProps {
  balance: { availableCredits: number; reservedCredits: number };
  /** The bracket takes a line of its own on phones. */
  stacked?: boolean;
}

/**
 * "46,000 (22,000 reserved)", wherever a balance is shown: the first figure includes the reserved
 * part, and there is no bracket when nothing is reserved (AC-2).
 */
export function BalanceFigures({ balance, stacked = false }: BalanceFiguresProps) {
  const { availableCredits, reservedCredits } = balance;
  return (
    <>
      <span
        className={joinClasses('whitespace-nowrap tabular-nums', stacked && 'font-medium text-ink')}
      >
        {formatNumber(availableCredits + reservedCredits)}
      </span>
      {reservedCredits > 0 && (
        <>
          {' '}
          <span
            className={joinClasses(
              'whitespace-nowrap tabular-nums',
              stacked && 'max-sm:block max-sm:text-frame',
            )}
          >
            ({formatNumber(reservedCredits)} reserved)
          </span>
        </>
      )}
    </>
  );
}
