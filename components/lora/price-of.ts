import type { TrainingPanelView } from '@/lib/lora/get-training-panel';
import { type Quote, quoteTraining } from '@/lib/lora/rules/pricing';
import type { Choice } from './choice';

export interface Price {
  quote: Quote;
  /** A free retry pays for it (D8). */
  free: boolean;
  /** What is reserved when it starts. */
  totalCredits: number;
}

/** What a training of this choice costs, by the same rules as the server's. */
export function priceOf(choice: Choice, freeRetry: TrainingPanelView['freeRetry']): Price {
  const quote = quoteTraining(choice.baseModel, choice.imageIds.length);
  const free =
    freeRetry !== null &&
    freeRetry.baseModel === choice.baseModel &&
    freeRetry.maxImages >= choice.imageIds.length;
  return { quote, free, totalCredits: free ? 0 : quote.totalCredits };
}

/** A price the server named for one choice; any other choice is priced anew. */
export interface NewPrice {
  of: string;
  formerCredits: number;
  currentCredits: number;
}

/** What a price depends on. */
export function priceKey({ baseModel, imageIds }: Choice): string {
  return `${baseModel}:${imageIds.length}`;
}
