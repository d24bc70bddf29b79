import type { ConsentKind } from '@/lib/lora/rules/schemas';
import { RadioCards } from '../ui/radio-cards';

const options: { value: ConsentKind; label: string }[] = [
  { value: 'self', label: 'This is me' },
  { value: 'permitted', label: "I have this person's consent" },
  { value: 'synthetic', label: 'This character is synthetic' },
];

interface ConsentChoiceProps {
  /** For focus from a script when it was left open. */
  id: string;
  value: ConsentKind | null;
  onChange: (kind: ConsentKind) => void;
  /** It was asked for and not answered. */
  missing: boolean;
}

/** Asked before a character's first training; nothing is chosen beforehand. */
export function ConsentChoice({ id, value, onChange, missing }: ConsentChoiceProps) {
  return (
    <RadioCards
      id={id}
      legend="Who is this?"
      name="consent"
      value={value}
      onChange={onChange}
      options={options}
      hint="Kept with the date, this wording and fingerprints of the chosen images, for as long as the influencer exists."
      error={missing ? 'Choose one to go on.' : undefined}
    />
  );
}
