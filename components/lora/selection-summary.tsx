import type { ReactNode } from 'react';
import { maxImages } from '@/lib/lora/rules/selection';
import type { ChosenImagesProps } from './chosen-dialog';
import { ChosenImages } from './chosen-images';
import { wordSelection } from './selection-words';

/** Why no further image can be chosen. */
export const selectionFullSentence = `${maxImages} is the most for one training. Remove one first.`;

interface SelectionSummaryProps {
  count: number;
  /** "27,000 credits" or "free". */
  price: string;
  /** For the list of what is chosen. */
  chosen?: ChosenImagesProps;
  /** What the price is made of, whether it is saved. */
  children: ReactNode;
}

/** How many are chosen and what it costs, beside the button that acts on it (AC-6). */
export function SelectionSummary({ count, price, chosen, children }: SelectionSummaryProps) {
  return (
    <>
      <p className="font-medium">{wordSelection(count, price)}</p>
      {count >= maxImages && <p className="text-small text-ink">{selectionFullSentence}</p>}
      <div className="flex flex-wrap gap-x-3 text-small text-ink-2">
        <span>{children}</span> {chosen && count > 0 && <ChosenImages {...chosen} />}
      </div>
    </>
  );
}
