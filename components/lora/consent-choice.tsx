import type { ConsentKind } from '@/lib/lora/rules/schemas';
import { RadioCards } from '../ui/radio-cards';

export const consentLabels: Record<ConsentKind, string> = {
  self: 'This is me',
  permitted: "I have this person's consent",
  synthetic: 'This character is synthetic',
};

const options = (['self', 'permitted', 'synthetic'] as const).map((value) => ({
  value,
  label: consentLabels[value],
}));

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
      hint="We keep your answer with the date, this wording and fingerprints of the chosen images, until you withdraw it in the settings."
      error={missing ? 'Choose one to go on.' : undefined}
    />
  );
}
