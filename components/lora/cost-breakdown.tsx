import { formatCount, formatCredits, formatNumber } from '@/lib/format';
import type { Quote } from '@/lib/lora/rules/pricing';
import { Amount } from '../ui/amount';

interface CostBreakdownProps {
  quote: Quote;
  /** A free retry pays for it (D8). */
  free?: boolean;
  /** The price the creator saw before, when it is another one now: struck through before the new. */
  formerCredits?: number | null;
  /** The price the server named, when it is not the one of `quote`: it stands without a sum. */
  currentCredits?: number | null;
}

/** How a price is made: "Base 15,000 + 7 images × 1,000 = 22,000 credits" (AC-2). */
export function CostBreakdown({
  quote,
  free = false,
  formerCredits = null,
  currentCredits = null,
}: CostBreakdownProps) {
  if (formerCredits !== null && currentCredits !== null) {
    return (
      <span className="tabular-nums">
        <Amount credits={formerCredits} former /> <Total credits={currentCredits} />
      </span>
    );
  }
  const { baseCredits, perImageCredits, imageCount, totalCredits } = quote;
  return (
    <span className="tabular-nums">
      Base {formatNumber(baseCredits)} + {formatCount(imageCount, 'image')} ×{' '}
      {formatNumber(perImageCredits)} ={' '}
      {free ? (
        <>
          <Amount credits={totalCredits} former />{' '}
          <strong className="font-medium">free, because the last training failed</strong>
        </>
      ) : (
        <Total credits={totalCredits} />
      )}
    </span>
  );
}

function Total({ credits }: { credits: number }) {
  return <strong className="font-medium whitespace-nowrap">{formatCredits(credits)}</strong>;
}
