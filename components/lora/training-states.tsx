import { CircleAlert, CircleCheck, CircleDashed, CircleSlash, Clock, Loader } from 'lucide-react';
import type { ReactNode } from 'react';
import type { TrainingView } from '@/lib/lora/training-view';

/** How a character's newest training stands, as its panel tells it. */
export type TrainingState =
  | 'none'
  | 'pending'
  | 'training'
  | 'stopping'
  | 'ready'
  | 'failed'
  | 'stopped'
  | 'cancelled'
  | 'expired';

/** What can be done from the panel. */
export type TrainingStep =
  | 'choose-images'
  | 'cancel'
  | 'see-images-used'
  | 'open-studio'
  | 'download'
  | 'retrain'
  | 'retry-for-free'
  | 'what-happened'
  | 'fix-images'
  | 'train-again';

interface StateLook {
  headline: (name: ReactNode) => ReactNode;
  icon: typeof Clock;
  ink: string;
  /** What the creator most likely wants next, and what else they may. */
  primary: TrainingStep | null;
  secondary: readonly TrainingStep[];
}

/** The one table of states: what each is called and what can be done in it. */
export const trainingStates: Record<TrainingState, StateLook> = {
  none: {
    headline: () => 'Not trained yet',
    icon: CircleDashed,
    ink: 'text-ink-3',
    primary: 'choose-images',
    secondary: [],
  },
  pending: {
    headline: () => 'Waiting for a GPU',
    icon: Clock,
    ink: 'text-accent',
    primary: 'cancel',
    secondary: ['see-images-used'],
  },
  training: {
    headline: (name) => <>Training {name}</>,
    icon: Loader,
    ink: 'text-accent',
    primary: 'cancel',
    secondary: ['see-images-used'],
  },
  stopping: {
    headline: () => 'Cancelling',
    icon: CircleSlash,
    ink: 'text-ink-3',
    primary: null,
    secondary: [],
  },
  ready: {
    headline: () => 'Ready',
    icon: CircleCheck,
    ink: 'text-good',
    primary: 'open-studio',
    secondary: ['download', 'retrain'],
  },
  failed: {
    headline: () => 'Training failed',
    icon: CircleAlert,
    ink: 'text-bad',
    primary: 'retry-for-free',
    secondary: ['what-happened'],
  },
  stopped: {
    headline: () => 'Training stopped',
    icon: CircleAlert,
    ink: 'text-warn',
    primary: 'fix-images',
    secondary: ['what-happened'],
  },
  cancelled: {
    headline: () => 'Cancelled',
    icon: CircleSlash,
    ink: 'text-ink-3',
    primary: 'train-again',
    secondary: [],
  },
  expired: {
    headline: () => 'Model removed',
    icon: CircleDashed,
    ink: 'text-ink-3',
    primary: 'train-again',
    secondary: [],
  },
};

/** Which state a training is in; null is a character that was never trained. */
export function stateOf(
  training: Pick<TrainingView, 'status' | 'cancelRequested' | 'expiredAt' | 'failure'> | null,
): TrainingState {
  if (!training) return 'none';
  if (training.cancelRequested) return 'stopping';
  if (training.status === 'ready' && training.expiredAt !== null) return 'expired';
  if (training.status === 'failed' && training.failure?.ours === false) return 'stopped';
  return training.status;
}
