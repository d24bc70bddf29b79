import type { ReactNode } from 'react';
import { maxImages } from '@/lib/lora/rules/selection';
import { wordSelection } from './selection-words';

/** Why no further image can be chosen; what a refused checkbox points to. */
export const selectionFullId = 'selection-full';
export const selectionFullSentence = `${maxImages} is the most for one training. Remove one first.`;

interface SelectionSummaryProps {
  count: number;
  /** "27,000 credits" or "free". */
  price: string;
  /** What the price is made of, whether it is saved. */
  children: ReactNode;
}

/** How many are chosen and what it costs, beside the button that acts on it (AC-6). */
export function SelectionSummary({ count, price, children }: SelectionSummaryProps) {
  return (
    <>
      <p className="font-medium">{wordSelection(count, price)}</p>
      {count >= maxImages && (
        <p id={selectionFullId} className="text-small text-ink">
          {selectionFullSentence}
        </p>
      )}
      <p className="text-small text-ink-2">{children}</p>
    </>
  );
}
