import { failureSentence } from '../../failure-messages.ts';
import type { FailureReason, TrainingStatus } from '../../lora/rules/lifecycle.ts';
import type { EntryKind } from './ledger-filter.ts';

/** What is still known of the training that a line is about. */
export interface LineTraining {
  status: TrainingStatus;
  failureReason: FailureReason | null;
}

/** How the ending of a reservation is called, in a word or two. */
export const entryLabels: Record<EntryKind, string> = {
  grant: 'Added',
  reserve: 'Reserved',
  capture: 'Charged',
  release: 'Released',
};

/** What comes before the character's name: "Reserved for Mara". */
export const lineVerbs = {
  reserve: 'Reserved for',
  capture: 'Charged for',
  release: 'Released for',
} as const satisfies Partial<Record<EntryKind, string>>;

/**
 * What it was for, as it follows the name: "7 images, Z-Image Turbo". The ledger's memo says it with
 * the word "Training" before it.
 */
export function lineDetail(memo: string): string {
  return memo.replace(/^Training, /, '');
}

/** Why credits moved, in one plain sentence; nothing for what the memo says already. */
export function lineReason(kind: EntryKind, training: LineTraining | null): string {
  switch (kind) {
    case 'grant':
      return '';
    case 'reserve':
      return 'Set aside until the training ends.';
    case 'capture':
      return 'The training is done.';
    case 'release':
      return releaseReason(training);
  }
}

function releaseReason(training: LineTraining | null): string {
  if (training?.status === 'cancelled') return 'The training was cancelled.';
  if (training?.status === 'failed' && training.failureReason) {
    return `The training failed: ${decapitalized(failureSentence[training.failureReason])}`;
  }
  return 'The training did not end with a model.';
}

/** "No GPU was free in time." after a colon; "GPU" at the start would stay as it is. */
function decapitalized(sentence: string): string {
  return /^[A-Z][a-z\s]/.test(sentence) ? sentence[0]?.toLowerCase() + sentence.slice(1) : sentence;
}

/** What a line does to the balance, its reserved part included. */
export function balanceChange(kind: EntryKind, amountCredits: number): number {
  if (kind === 'grant') return amountCredits;
  return kind === 'capture' ? -amountCredits : 0;
}

/** What a line does to the reserved part. */
export function reservedChange(kind: EntryKind, amountCredits: number): number {
  if (kind === 'grant') return 0;
  return kind === 'reserve' ? amountCredits : -amountCredits;
}
