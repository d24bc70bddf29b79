'use client';

import { type ReactNode, useState } from 'react';
import { Switch } from '../ui/switch';
import type { Verb } from '../verbs/verb-result';

export type SavePreferencesVerb = Verb<{
  characterId: string;
  loraTrainingEnabled?: boolean;
  loraTrainingAutoStart?: boolean;
}>;

interface TrainingToggleProps {
  characterId: string;
  name: string;
  /** What the creator last wanted; stays what it is while `unavailable`. */
  enabled: boolean;
  onEnabledChange: (enabled: boolean) => void;
  /** Cost and time, as the description of the switch. */
  description: ReactNode;
  /** Why it cannot be on now: too few images, or too few credits with the way to more. */
  unavailable?: ReactNode;
  savePreferences: SavePreferencesVerb;
}

/** "Train a LoRA for Mara": takes effect at once and rolls back when it could not be saved (AC-1). */
export function TrainingToggle({
  characterId,
  name,
  enabled,
  onEnabledChange,
  description,
  unavailable,
  savePreferences,
}: TrainingToggleProps) {
  const [state, setState] = useState<'idle' | 'saving' | 'saved' | 'failed'>('idle');

  async function change(wanted: boolean) {
    onEnabledChange(wanted);
    setState('saving');
    const result = await savePreferences({
      characterId,
      loraTrainingEnabled: wanted,
      loraTrainingAutoStart: wanted,
    }).catch(() => null);
    if (!result?.ok) onEnabledChange(!wanted);
    setState(result?.ok ? 'saved' : 'failed');
  }

  return (
    <Switch
      label={
        <>
          Train a LoRA for <bdi>{name}</bdi>
        </>
      }
      description={description}
      checked={enabled && !unavailable}
      onChange={change}
      state={state}
      failure={`Couldn't save. Training is still ${enabled ? 'on' : 'off'}.`}
      unavailable={unavailable}
    />
  );
}
