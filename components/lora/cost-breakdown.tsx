import { formatCount, formatCredits, formatNumber } from '@/lib/format';
import type { Quote } from '@/lib/lora/rules/pricing';
import { Amount } from '../ui/amount';
import { joinClasses } from '../ui/join-classes';

interface CostBreakdownProps {
  quote: Quote;
  /** A free retry pays for it (D8). */
  free?: boolean;
  /** The price the creator saw before, when it is another one now: struck through beside the new. */
  formerCredits?: number | null;
  /** The price the server named, when it is not the one of `quote`. */
  currentCredits?: number | null;
  className?: string;
}

/** How a price is made: "Base 15,000 + 7 images × 1,000 = 22,000 credits" (AC-2). */
export function CostBreakdown({
  quote,
  free = false,
  formerCredits = null,
  currentCredits = null,
  className,
}: CostBreakdownProps) {
  const { baseCredits, perImageCredits, imageCount, totalCredits } = quote;
  return (
    <span className={joinClasses('tabular-nums', className)}>
      Base {formatNumber(baseCredits)} + {formatCount(imageCount, 'image')} ×{' '}
      {formatNumber(perImageCredits)} ={' '}
      {free ? (
        <>
          <Amount credits={totalCredits} former />{' '}
          <strong className="font-medium">free, because the last training failed</strong>
        </>
      ) : formerCredits !== null && currentCredits !== null ? (
        <>
          <Amount credits={formerCredits} former />{' '}
          <strong className="font-medium whitespace-nowrap">{formatCredits(currentCredits)}</strong>
        </>
      ) : (
        <strong className="font-medium whitespace-nowrap">{formatCredits(totalCredits)}</strong>
      )}
    </span>
  );
}
