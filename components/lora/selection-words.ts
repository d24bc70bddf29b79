import { formatCount } from '../../lib/format.ts';
import { minImages } from '../../lib/lora/rules/selection.ts';

/** The line under the picker, word for word (AC-6): `price` is "27,000 credits" or "free". */
export function wordSelection(count: number, price: string): string {
  return count < minImages
    ? `Selected: ${count}/${minImages} minimum`
    : `${formatCount(count, 'image')} selected for training\u00a0· ${price}`;
}

/** Why that many images are too few to train, or to finish the wizard; null when they are enough. */
export function wordMissingImages(count: number, to: 'train' | 'finish' = 'train'): string | null {
  return count < minImages
    ? `Add ${formatCount(minImages - count, 'more image', 'more images')} to ${to}.`
    : null;
}

/** What is spoken at once when the count changes; null: nothing until the creator rests. */
export function speakSelection(before: number, now: number): string | null {
  if (now < minImages) {
    const missing = formatCount(minImages - now, 'more image', 'more images');
    return `${wordSelection(now, '')}. Add ${missing}.`;
  }
  if (before < minImages) return `${formatCount(now, 'image')} selected. You can start training.`;
  return null;
}
