'use client';

import type { ReactNode } from 'react';
import type { TrainingPanelView } from '@/lib/lora/get-training-panel';
import { minImages } from '@/lib/lora/rules/selection';
import { paths } from '@/lib/paths';
import { LinkButton } from '../ui/link-button';
import { Panel } from '../ui/panel';
import { Switch } from '../ui/switch';
import { ConsentRecord } from './consent-record';
import { wordMissingImages } from './selection-words';
import { type SavePreferencesVerb, usePreference } from './use-preference';
import type { WithdrawConsentVerb } from './withdraw-dialog';

interface TrainingPreferencesProps {
  character: TrainingPanelView['character'];
  /** Images that can be trained on; switching on needs 5 (Q2). */
  imageCount: number;
  /** E-mail can be sent from here. */
  mailConfigured: boolean;
  /** A training is under way. */
  open: boolean;
  savePreferences: SavePreferencesVerb;
  withdrawConsent: WithdrawConsentVerb;
}

/** What is trained by itself and what is told about it: each switch saves at once and rolls back (F5). */
export function TrainingPreferences({
  character,
  imageCount,
  mailConfigured,
  open,
  savePreferences,
  withdrawConsent,
}: TrainingPreferencesProps) {
  const { id: characterId, name, profileSetComplete, version } = character;
  const common = { characterId, version, savePreferences };
  const enabled = usePreference({
    ...common,
    name: 'enabled',
    value: character.loraTrainingEnabled,
    toInput: (wanted) => ({ loraTrainingEnabled: wanted }),
  });
  const autoStart = usePreference({
    ...common,
    name: 'autoStart',
    value: character.loraTrainingAutoStart,
    toInput: (wanted) => ({ loraTrainingAutoStart: wanted }),
  });
  const progress = usePreference({
    ...common,
    name: 'notifyProgress',
    value: character.notifyProgress,
    toInput: (wanted) => ({ notifyProgress: wanted }),
  });
  const retrain = usePreference({
    ...common,
    name: 'notifyRetrain',
    value: character.notifyRetrain,
    toInput: (wanted) => ({ notifyRetrain: wanted }),
  });
  const email = usePreference({
    ...common,
    name: 'notifyEmail',
    value: character.notifyEmail,
    toInput: (wanted) => ({ notifyEmail: wanted }),
  });

  const tooFew = !enabled.value && imageCount < minImages;
  return (
    <Panel title="Preferences" description="Each change is kept at once.">
      <div className="flex flex-col gap-6 pt-3">
        <PreferenceSwitch
          preference={enabled}
          called="Training"
          label={
            <>
              LoRA training for <bdi>{name}</bdi>
            </>
          }
          description="Off: nothing is trained by itself. A training you start by hand still runs."
          unavailable={
            tooFew ? (
              <span className="flex flex-wrap items-center gap-x-3 gap-y-2">
                {wordMissingImages(imageCount)}
                <LinkButton size="small" href={paths.wizard(characterId, 'images')}>
                  Add images
                </LinkButton>
              </span>
            ) : null
          }
        />
        <PreferenceSwitch
          preference={autoStart}
          called="Auto-start"
          label="Start when the profile set is complete"
          description={
            profileSetComplete
              ? 'The profile set is complete, so this has nothing left to do.'
              : enabled.value
                ? 'The last step of the wizard says what it will reserve.'
                : undefined
          }
          unavailable={
            enabled.value || profileSetComplete ? null : 'Switch LoRA training on first.'
          }
        />
        <fieldset className="flex min-w-0 flex-col gap-6 border-t border-line pt-5">
          <legend className="sr-only">Notifications</legend>
          <div>
            <p aria-hidden="true" className="font-semibold">
              Notifications
            </p>
            <p className="mt-0.5 text-small text-ink-2">
              You are always told when a training starts, is ready or fails.
            </p>
          </div>
          <PreferenceSwitch
            preference={progress}
            called="The notice at half"
            label="When half of a training is done"
          />
          <PreferenceSwitch
            preference={retrain}
            called="The notice of new liked images"
            label="When liked images are not in the model yet"
            description="Once for each model, not for each heart."
          />
          {mailConfigured && (
            <PreferenceSwitch
              preference={email}
              called="E-mail"
              label="Also by e-mail"
              description="To the address you sign in with."
            />
          )}
        </fieldset>
        {character.consent && (
          <ConsentRecord
            characterId={characterId}
            name={name}
            consent={character.consent}
            open={open}
            withdrawConsent={withdrawConsent}
          />
        )}
      </div>
    </Panel>
  );
}

interface PreferenceSwitchProps {
  preference: ReturnType<typeof usePreference>;
  /** In the sentence of a failure: "Auto-start is still off." */
  called: string;
  label: ReactNode;
  description?: ReactNode;
  unavailable?: ReactNode;
}

function PreferenceSwitch({ preference, called, ...rest }: PreferenceSwitchProps) {
  const { value, change, state, refusal } = preference;
  const why = refusal && refusal.code !== 'INTERNAL' ? ` ${refusal.sentence}` : '';
  return (
    <Switch
      {...rest}
      // Off while it cannot be on; what was wanted is kept.
      checked={value && !rest.unavailable}
      onChange={change}
      state={state}
      failure={`Couldn't save. ${called} is still ${value ? 'on' : 'off'}.${why}`}
    />
  );
}
