'use client';

import { CircleAlert, CircleCheck, CircleDashed, CircleSlash, Clock, Loader } from 'lucide-react';
import Link from 'next/link';
import { type ReactNode, type RefObject, useState } from 'react';
import { failureSentence } from '@/lib/error-messages';
import { formatCount, formatCredits, formatTime } from '@/lib/format';
import type { Estimate } from '@/lib/lora/rules/estimate';
import { hasEnded } from '@/lib/lora/rules/lifecycle';
import type { TrainingView } from '@/lib/lora/training-view';
import { paths } from '@/lib/paths';
import { Button } from '../ui/button';
import { LinkButton } from '../ui/link-button';
import { LocalTime } from '../ui/local-time';
import { Panel } from '../ui/panel';
import { SandboxMark } from '../ui/sandbox-mark';
import type { Verb } from '../verbs/verb-result';
import { CancelDialog } from './cancel-dialog';
import { DownloadLinks, SandboxResult } from './download-links';
import { phaseOf, phases } from './training-phase';
import { TrainingProgress } from './training-progress';

/** For focus from a script: after a start, and when a dialog's opener is gone. */
export const statusHeadingId = 'training-status';

interface TrainingStatusProps {
  characterId: string;
  name: string;
  /** The newest training; null before the first. */
  training: TrainingView | null;
  /** How long such a training usually takes. */
  estimate: Estimate | null;
  /** No real GPU is plugged in. */
  sandbox: boolean;
  /** Since when the server gives no answer, and whether that is for want of a sign-in. */
  trouble: { since: Date; signedOut: boolean } | null;
  cancelTraining: Verb<{ loraModelId: string }>;
  /** The free retry of a failed training (D8), ready to be pressed. */
  freeRetry?: ReactNode;
  /** Goes to the pictures of the next training; left out where they are not on the page. */
  onChooseImages?: () => void;
  /** Opens the training's line in the history. */
  onShowHistory?: (loraModelId: string) => void;
  returnFocus: RefObject<HTMLElement | null>;
}

/** Status, the line that explains it, and the one main action of that state. */
export function TrainingStatus(props: TrainingStatusProps) {
  const { characterId, name, training, sandbox, trouble } = props;
  const [cancelling, setCancelling] = useState<TrainingView | null>(null);
  const state = stateOf(training);
  const { headline, icon } = headlines[state](<bdi>{name}</bdi>);
  return (
    <Panel
      title="LoRA training"
      headingId={statusHeadingId}
      aside={training ? training.sandbox && <SandboxMark /> : sandbox && <SandboxMark />}
    >
      <div className="flex flex-col gap-4">
        <div>
          <p className="flex items-start gap-2 text-section narrow">
            {icon}
            <span className="min-w-0">{headline}</span>
          </p>
          <p role="status" className="sr-only">
            {headline}
            {state === 'training' && training && `: ${phaseLabel(training)}`}
          </p>
          <div className="mt-1 max-w-measure text-ink-2">
            <Explanation {...props} state={state} />
          </div>
        </div>
        {training && !hasEnded(training.status) && !training.cancelRequested && (
          <TrainingProgress training={training} name={name} estimate={props.estimate} />
        )}
        {state === 'ready' && training?.sandbox && <SandboxResult />}
        <Actions {...props} state={state} onCancel={() => setCancelling(training)} />
        {trouble && (
          <p className="text-small text-ink-3">
            Updated {formatTime(trouble.since)}.{' '}
            {trouble.signedOut ? (
              <Link href={paths.signIn(paths.settings(characterId))} className="text-link">
                Sign in again to go on
              </Link>
            ) : (
              'Likeness cannot be reached right now; trying again.'
            )}
          </p>
        )}
        {cancelling && (
          <CancelDialog
            characterId={characterId}
            name={name}
            training={training?.id === cancelling.id ? training : cancelling}
            cancelTraining={props.cancelTraining}
            onClose={() => setCancelling(null)}
            returnFocus={props.returnFocus}
          />
        )}
      </div>
    </Panel>
  );
}

function phaseLabel(training: TrainingView): string {
  const present = phaseOf(training);
  return phases.find(({ id }) => id === present)?.label ?? '';
}

type State =
  | 'none'
  | 'pending'
  | 'training'
  | 'stopping'
  | 'ready'
  | 'failed'
  | 'stopped'
  | 'cancelled'
  | 'removed';

function stateOf(training: TrainingView | null): State {
  if (!training) return 'none';
  if (training.cancelRequested) return 'stopping';
  if (training.status === 'ready' && training.files.length === 0) return 'removed';
  if (training.status === 'failed' && training.failure?.ours === false) return 'stopped';
  return training.status;
}

const headlines: Record<State, (name: ReactNode) => { headline: ReactNode; icon: ReactNode }> = {
  none: () => ({ headline: 'Not trained yet', icon: <Icon of={CircleDashed} ink="text-ink-3" /> }),
  pending: () => ({ headline: 'Waiting for a GPU', icon: <Icon of={Clock} ink="text-accent" /> }),
  training: (name) => ({
    headline: <>Training {name}</>,
    icon: <Icon of={Loader} ink="text-accent" />,
  }),
  stopping: () => ({ headline: 'Cancelling', icon: <Icon of={CircleSlash} ink="text-ink-3" /> }),
  ready: () => ({ headline: 'Ready', icon: <Icon of={CircleCheck} ink="text-good" /> }),
  failed: () => ({ headline: 'Training failed', icon: <Icon of={CircleAlert} ink="text-bad" /> }),
  stopped: () => ({
    headline: 'Training stopped',
    icon: <Icon of={CircleAlert} ink="text-warn" />,
  }),
  cancelled: () => ({ headline: 'Cancelled', icon: <Icon of={CircleSlash} ink="text-ink-3" /> }),
  removed: () => ({ headline: 'Model removed', icon: <Icon of={CircleDashed} ink="text-ink-3" /> }),
};

function Icon({ of: Shape, ink }: { of: typeof Clock; ink: string }) {
  return <Shape className={`mt-1 size-5 ${ink}`} aria-hidden="true" />;
}

function Explanation({ name, training, state }: TrainingStatusProps & { state: State }) {
  if (!training) {
    return (
      <p>
        Training teaches the image model <bdi>{name}</bdi>'s face from your images, so that new
        pictures keep the likeness.
      </p>
    );
  }
  const { costCredits, failure, completedAt, imageCount, freeRetryUntil } = training;
  const credits = formatCredits(costCredits);
  const back = costCredits > 0 ? `${credits} are back.` : 'Nothing was charged.';
  switch (state) {
    case 'pending':
      return (
        <p>
          Place kept. {costCredits > 0 ? `${credits} reserved.` : 'Free: the last training failed.'}
        </p>
      );
    case 'training':
      return (
        <p>
          {training.baseModelLabel}, {formatCount(imageCount, 'image')}.{' '}
          {costCredits > 0 ? `${credits} reserved.` : 'Free: the last training failed.'}
        </p>
      );
    case 'stopping':
      return (
        <p>
          {costCredits > 0 ? `${credits} come back as soon as it has stopped.` : 'No credits move.'}{' '}
          If it finishes first, the model is yours.
        </p>
      );
    case 'ready':
      return (
        <p>
          Trained {completedAt && <LocalTime at={completedAt} />} with{' '}
          {formatCount(imageCount, 'image')} on {training.baseModelLabel} ·{' '}
          {costCredits > 0 ? credits : 'free'}
          <br />
          Trigger word <code className="font-mono text-small text-ink">{training.triggerWord}</code>
        </p>
      );
    case 'failed':
      return (
        <p>
          {failure && failureSentence[failure.reason]} {back}{' '}
          {freeRetryUntil && (
            <>
              Your next try is free until <LocalTime at={freeRetryUntil} />.
            </>
          )}
        </p>
      );
    case 'stopped':
      return (
        <p>
          {failure && failureSentence[failure.reason]} {back}
        </p>
      );
    case 'cancelled':
      return <p>{costCredits > 0 ? `${credits} are back in your balance.` : back}</p>;
    case 'removed':
      return <p>It was not used for a long time. The history stays.</p>;
    default:
      return null;
  }
}

function Actions(props: TrainingStatusProps & { state: State; onCancel: () => void }) {
  const { characterId, training, state, onCancel } = props;
  const { freeRetry, onChooseImages, onShowHistory } = props;
  const choose = (label: string) =>
    onChooseImages && <Button onClick={onChooseImages}>{label}</Button>;

  switch (state) {
    case 'none':
      return <Row>{choose('Choose images')}</Row>;
    case 'pending':
    case 'training':
      return (
        training && (
          <Row>
            <Button onClick={onCancel}>Cancel training</Button>
            {onShowHistory && (
              <Button variant="quiet" onClick={() => onShowHistory(training.id)}>
                See images used
              </Button>
            )}
          </Row>
        )
      );
    case 'ready':
      return (
        training && (
          <Row>
            <LinkButton href={paths.studio(characterId)} variant="primary">
              Open studio
            </LinkButton>
            <DownloadLinks characterId={characterId} training={training} />
            {choose('Retrain')}
          </Row>
        )
      );
    case 'failed':
      return (
        training && (
          <Row>
            {freeRetry ?? choose('Train again')}
            {onShowHistory && (
              <Button variant="quiet" onClick={() => onShowHistory(training.id)}>
                What happened
              </Button>
            )}
          </Row>
        )
      );
    case 'stopped':
      return (
        <Row>
          <LinkButton href={`${paths.wizard(characterId)}?step=images`}>Fix images</LinkButton>
        </Row>
      );
    case 'cancelled':
    case 'removed':
      return <Row>{choose('Train again')}</Row>;
    default:
      return null;
  }
}

function Row({ children }: { children: ReactNode }) {
  return <div className="flex flex-wrap items-start gap-3">{children}</div>;
}
