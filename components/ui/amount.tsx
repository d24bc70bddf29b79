import { formatCredits, formatNumber, formatSignedNumber } from '@/lib/format';
import { joinClasses } from './join-classes';

interface AmountProps {
  credits: number;
  /** With sign: +15,000 or −22,000. For changes in a ledger. */
  signed?: boolean;
  /** Without the word, where a column head says it. */
  bare?: boolean;
  /** Struck through: the price that no longer holds. */
  former?: boolean;
  className?: string;
}

/** Credits: whole number, separators, the word; figures of one width, never broken over a line. */
export function Amount({ credits, signed, bare, former, className }: AmountProps) {
  const figure = signed ? formatSignedNumber(credits) : formatNumber(credits);
  const text = bare ? figure : signed ? `${figure}\u00a0credits` : formatCredits(credits);
  const amount = (
    <data
      value={credits}
      className={joinClasses('whitespace-nowrap tabular-nums', !former && className)}
    >
      {text}
    </data>
  );
  return former ? <s className={joinClasses('text-ink-3', className)}>{amount}</s> : amount;
}
