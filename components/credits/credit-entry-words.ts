import type { CreditEntry } from '@/lib/credits/list-lines.ts';
import {
  balanceChange,
  lineDetail,
  lineReason,
  lineVerbs,
} from '../../lib/credits/rules/line-words.ts';
import { formatCredits } from '../../lib/format.ts';

/** An entry of the history as the credits page shows it. */
export type Entry = Omit<CreditEntry, 'createdAt' | 'hold'> & {
  createdAt: Date | string;
  hold: (Omit<NonNullable<CreditEntry['hold']>, 'createdAt'> & { createdAt: Date | string }) | null;
};

interface EntryWords {
  /** "Reserved for", before the character's name; the whole reason where there is none. */
  verb: string;
  /** Whether the name of a character belongs after `verb`. */
  named: boolean;
  /** What follows the name: "7 images" and "Z-Image Turbo". */
  detail: string[];
  /** What the balance, its reserved part included, moved by. */
  changeCredits: number;
  /** Below the change where the balance did not move: where the credits are. */
  aside: string;
}

/** What an entry says in its one line: who, what, and what it did to the balance (AC-2). */
export function wordEntry({ kind, memo, amountCredits }: Entry): EntryWords {
  const changeCredits = balanceChange(kind, amountCredits);
  if (kind === 'grant') return { verb: memo, named: false, detail: [], changeCredits, aside: '' };
  const asides = {
    reserve: `${formatCredits(amountCredits)} set aside`,
    capture: '',
    release: `${formatCredits(amountCredits)} back`,
  };
  return {
    verb: lineVerbs.reserve,
    named: true,
    detail: lineDetail(memo).split(', '),
    changeCredits,
    aside: asides[kind],
  };
}

interface EntryStep {
  id: string;
  label: string;
  at: Date | string;
  reason: string;
  availableAfterCredits: number;
  reservedAfterCredits: number;
}

/** A reservation and how it ended, in their order; null for what was only added. */
export function stepsOf(entry: Entry): EntryStep[] | null {
  const { kind, hold, training } = entry;
  if (kind === 'grant') return null;
  const newest = {
    id: entry.id,
    label: lineVerbs[kind].replace(' for', ''),
    at: entry.createdAt,
    reason: lineReason(kind, training),
    availableAfterCredits: entry.availableAfterCredits,
    reservedAfterCredits: entry.reservedAfterCredits,
  };
  if (!hold) return [newest];
  const { id, createdAt, availableAfterCredits, reservedAfterCredits } = hold;
  return [
    {
      id,
      label: 'Reserved',
      at: createdAt,
      reason: lineReason('reserve', training),
      availableAfterCredits,
      reservedAfterCredits,
    },
    newest,
  ];
}
