'use client';

import type { ReactNode } from 'react';
import { Switch } from '../ui/switch';
import type { usePreference } from './use-preference';

interface TrainingToggleProps {
  name: string;
  training: ReturnType<typeof usePreference>;
  /** Cost and time, as the description of the switch. */
  description: ReactNode;
  /** Why it cannot be on now: too few images, or too few credits with the way to more. */
  unavailable?: ReactNode;
}

/**
 * "Train a LoRA for Mara": takes effect at once and rolls back when it could not be saved (AC-1). It
 * stands off while it is unavailable; what the creator wanted is kept meanwhile.
 */
export function TrainingToggle({ name, training, description, unavailable }: TrainingToggleProps) {
  return (
    <Switch
      label={
        <>
          Train a LoRA for <bdi>{name}</bdi>
        </>
      }
      description={description}
      checked={training.value && !unavailable}
      onChange={training.change}
      // What was saved is said once, at the head of the step.
      state={training.state === 'failed' ? 'failed' : 'idle'}
      failure={`Couldn't save. Training is still ${training.value ? 'on' : 'off'}.`}
      unavailable={unavailable}
    />
  );
}
