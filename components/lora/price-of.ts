import type { TrainingPanelView } from '@/lib/lora/get-training-panel';
import { type Quote, quoteTraining } from '@/lib/lora/rules/pricing';
import type { Choice } from './use-training-choice';

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
