import type { CreditLineView } from '@/lib/credits/list-lines.ts';

/** One line of the ledger as the credits page shows it. */
export type CreditLine = Omit<CreditLineView, 'createdAt'> & { createdAt: Date | string };

interface LineWords {
  /** "Reserved for", before the character's name; the whole reason where there is none. */
  verb: string;
  /** Whether the name of a character belongs after `verb`. */
  named: boolean;
  /** What it was for: "Training, 7 images, Z-Image Turbo". */
  detail: string;
  /** How it goes on: why the credits moved, in one sentence. */
  reason: string;
  /** What the balance, its reserved part included, moved by. */
  changeCredits: number;
}

const endings = {
  capture: 'Charged when the training was done.',
  release: 'Given back: the training did not end with a model.',
  open: 'Set aside until the training ends.',
} as const;

/** What a line says to a creator: who, what, why, and what it did to the balance (AC-2). */
export function wordLine(line: CreditLine): LineWords {
  const { kind, memo, amountCredits } = line;
  switch (kind) {
    case 'grant':
      return { verb: memo, named: false, detail: '', reason: '', changeCredits: amountCredits };
    case 'reserve':
      return {
        verb: 'Reserved for',
        named: true,
        detail: memo,
        reason: endings[line.settledBy ?? 'open'],
        changeCredits: 0,
      };
    case 'capture':
      return {
        verb: 'Charged for',
        named: true,
        detail: memo,
        reason: 'The training is done; what was reserved for it is paid.',
        changeCredits: -amountCredits,
      };
    case 'release':
      return {
        verb: 'Released for',
        named: true,
        detail: memo,
        reason: 'The training did not end with a model; what was reserved is yours again.',
        changeCredits: 0,
      };
  }
}
