'use client';

import { formatNumber } from '@/lib/format';
import {
  countCharacters,
  hasSomethingToSee,
  maxLookCharacters,
  maxNameCharacters,
} from '@/lib/lora/rules/name-and-look';
import { TextArea } from '../ui/text-area';
import { TextField } from '../ui/text-field';
import type { Refusal } from '../verbs/verb-result';

/** What a creator types about somebody. */
export interface CharacterText {
  name: string;
  look: string;
}

/** Beyond this many characters the field says how many there are. */
const countFrom = { name: maxNameCharacters - 15, look: maxLookCharacters - 100 };

interface CharacterFieldsProps {
  text: CharacterText;
  onChange: (text: CharacterText) => void;
  /** Whether what is wrong is said already: not while the first letters are typed. */
  strict: boolean;
  /** What the server said about what was sent last. */
  refusal: Refusal | null;
}

/** Name and look, controlled: what is typed is never taken away. */
export function CharacterFields({ text, onChange, strict, refusal }: CharacterFieldsProps) {
  const problems = wordProblems(text);
  const refused = refusal?.code === 'INVALID_INPUT' ? refusal.details.field : null;
  return (
    <>
      <TextField
        label="Name"
        name="name"
        required
        autoComplete="off"
        dir="auto"
        value={text.name}
        onChange={(event) => onChange({ ...text, name: event.target.value })}
        aside={wordCount(text.name, countFrom.name, maxNameCharacters)}
        hint="Shown everywhere. It never becomes part of what the model learns."
        error={
          strict
            ? (problems.name ?? (refused === 'name' ? 'This name cannot be kept.' : undefined))
            : undefined
        }
      />
      <TextArea
        label="Look"
        name="look"
        optional
        dir="auto"
        rows={4}
        value={text.look}
        onChange={(event) => onChange({ ...text, look: event.target.value })}
        aside={wordCount(text.look, countFrom.look, maxLookCharacters)}
        hint="A short description, such as “woman in her thirties, short dark hair, freckles”. Used when images are made."
        error={
          strict
            ? (problems.look ?? (refused === 'look' ? 'This text cannot be kept.' : undefined))
            : undefined
        }
      />
    </>
  );
}

/** What is wrong with what was typed, by the rules the server has. */
export function wordProblems({ name, look }: CharacterText): Partial<CharacterText> {
  const nameLength = countCharacters(name);
  return {
    ...(!hasSomethingToSee(name) && { name: 'Give the influencer a name.' }),
    ...(nameLength > maxNameCharacters && {
      name: `A name has at most ${maxNameCharacters} characters. This one has ${formatNumber(nameLength)}.`,
    }),
    ...(countCharacters(look) > maxLookCharacters && {
      look: `At most ${formatNumber(maxLookCharacters)} characters. These are ${formatNumber(countCharacters(look))}.`,
    }),
  };
}

function wordCount(text: string, from: number, most: number): string | undefined {
  const length = countCharacters(text);
  return length > from ? `${formatNumber(length)} of ${formatNumber(most)}` : undefined;
}
