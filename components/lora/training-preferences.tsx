'use client';

import { useState } from 'react';
import { minImages } from '@/lib/lora/rules/selection';
import { Panel } from '../ui/panel';
import { Switch } from '../ui/switch';
import { wordMissingImages } from './selection-words';
import type { SavePreferencesVerb } from './training-toggle';

interface TrainingPreferencesProps {
  characterId: string;
  name: string;
  enabled: boolean;
  autoStart: boolean;
  profileSetComplete: boolean;
  /** Images that can be trained on; switching on needs 5 (Q2). */
  imageCount: number;
  savePreferences: SavePreferencesVerb;
}

type State = 'idle' | 'saving' | 'saved' | 'failed';

/** Training and its automatic start, on or off: each saves at once and rolls back (F5). */
export function TrainingPreferences(props: TrainingPreferencesProps) {
  const { characterId, name, profileSetComplete, imageCount, savePreferences } = props;
  const [enabled, setEnabled] = useState(props.enabled);
  const [autoStart, setAutoStart] = useState(props.autoStart);
  const [enabledState, setEnabledState] = useState<State>('idle');
  const [autoStartState, setAutoStartState] = useState<State>('idle');

  async function save(
    part: { loraTrainingEnabled: boolean } | { loraTrainingAutoStart: boolean },
    show: (wanted: boolean) => void,
    say: (state: State) => void,
  ) {
    const [wanted = false] = Object.values(part);
    show(wanted);
    say('saving');
    const result = await savePreferences({ characterId, ...part }).catch(() => null);
    if (!result?.ok) show(!wanted);
    say(result?.ok ? 'saved' : 'failed');
  }

  return (
    <Panel title="Preferences">
      <div className="flex flex-col gap-6">
        <Switch
          label={
            <>
              LoRA training for <bdi>{name}</bdi>
            </>
          }
          description="Off: nothing is trained by itself. A training you start by hand still runs."
          checked={enabled}
          onChange={(wanted) => save({ loraTrainingEnabled: wanted }, setEnabled, setEnabledState)}
          state={enabledState}
          failure={`Couldn't save. Training is still ${enabled ? 'on' : 'off'}.`}
          unavailable={!enabled && imageCount < minImages ? wordMissingImages(imageCount) : null}
        />
        <Switch
          label="Start when the profile set is complete"
          description={
            profileSetComplete
              ? 'The profile set is complete, so this has nothing left to do.'
              : enabled
                ? 'The last step of the wizard says what it will reserve.'
                : undefined
          }
          checked={autoStart && (enabled || profileSetComplete)}
          onChange={(wanted) =>
            save({ loraTrainingAutoStart: wanted }, setAutoStart, setAutoStartState)
          }
          state={autoStartState}
          failure={`Couldn't save. Auto-start is still ${autoStart ? 'on' : 'off'}.`}
          unavailable={enabled || profileSetComplete ? null : 'Switch LoRA training on first.'}
        />
      </div>
    </Panel>
  );
}
