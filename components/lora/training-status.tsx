'use client';

import dynamic from 'next/dynamic';
import { Fragment, type ReactNode, type RefObject, useEffect, useRef, useState } from 'react';
import { failureSentence } from '@/lib/failure-messages';
import { formatCount, formatCredits, formatTime } from '@/lib/format';
import type { TrainingPanelView } from '@/lib/lora/get-training-panel';
import type { TrainingRecord } from '@/lib/lora/get-training-record';
import type { Estimate } from '@/lib/lora/rules/estimate';
import { hasEnded } from '@/lib/lora/rules/lifecycle';
import type { TrainingView } from '@/lib/lora/training-view';
import { paths } from '@/lib/paths';
import { Button } from '../ui/button';
import { Later } from '../ui/later';
import { Link } from '../ui/link';
import { LinkButton } from '../ui/link-button';
import { LocalTime } from '../ui/local-time';
import { Panel } from '../ui/panel';
import { SandboxMark } from '../ui/sandbox-mark';
import type { Verb } from '../verbs/verb-result';
import { DownloadLinks, SandboxResult } from './download-links';
import { type GiveFeedbackVerb, TrainingFeedback } from './training-feedback';
import { phaseOf, phases } from './training-phase';
import { stateOf, type TrainingState, type TrainingStep, trainingStates } from './training-states';

// Curves, samples and the dialog come with a training that runs, not with every settings page.
const OpenTraining = dynamic(() => import('./open-training').then((module) => module.OpenTraining));
const loadCancelDialog = () => import('./cancel-dialog').then((module) => module.CancelDialog);

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
  /** The newest training that made a model. */
  lastReady: TrainingPanelView['lastReady'];
  /** The free retry of a failed training (D8), ready to be pressed. */
  freeRetry?: ReactNode;
  /** What training again would cost now ("22,000 credits", "free"), and why it may be worth it. */
  retrain?: { price: string | null; newLikeCount: number };
  /** Goes to the pictures of the next training; left out where they are not on the page. */
  onChooseImages?: () => void;
  /** Opens the training's line in the history. */
  onShowHistory?: (loraModelId: string) => void;
  returnFocus: RefObject<HTMLElement | null>;
  /** How the open training goes, as the page knew it when it was made. */
  record?: TrainingRecord | null;
  /** Whether the news comes by e-mail too; left out where the page itself says that it will come. */
  emailed?: boolean;
  /** Takes the answer to the one question after a training; without it, it is not asked. */
  giveFeedback?: GiveFeedbackVerb;
}

/** Status, the line that explains it, and the one main action of that state. */
export function TrainingStatus(props: TrainingStatusProps) {
  const { characterId, name, training, sandbox, trouble } = props;
  const [cancelling, setCancelling] = useState<TrainingView | null>(null);
  const state = stateOf(training);
  const look = trainingStates[state];
  const headline = look.headline(<bdi>{name}</bdi>);
  const cameTooLate = useCameTooLate(training);
  return (
    <Panel
      title="LoRA training"
      headingId={statusHeadingId}
      aside={training ? training.sandbox && <SandboxMark /> : sandbox && <SandboxMark />}
    >
      <div className="flex flex-col gap-4">
        <div>
          <p className="flex items-start gap-2 text-section narrow">
            <look.icon className={`mt-1 size-5 ${look.ink}`} aria-hidden="true" />
            <span className="min-w-0">{headline}</span>
          </p>
          <p role="status" className="sr-only">
            {headline}
            {state === 'training' && training && `: ${phaseLabel(training)}`}
            {cameTooLate && '. It had just finished when you cancelled.'}
          </p>
          <div className="mt-1 max-w-measure text-ink-2">
            {cameTooLate && training && (
              <p className="text-ink">
                It had just finished when you cancelled.{' '}
                {training.costCredits > 0
                  ? `The model is yours; ${formatCredits(training.costCredits)} were charged.`
                  : 'The model is yours; nothing was charged.'}
              </p>
            )}
            <Explanation {...props} state={state} />
            <LastModel {...props} state={state} />
          </div>
        </div>
        {training && !hasEnded(training.status) && !training.cancelRequested && (
          <OpenTraining
            key={training.id}
            characterId={characterId}
            name={name}
            training={training}
            estimate={props.estimate}
            record={props.record ?? null}
            emailed={props.emailed}
          />
        )}
        {state === 'ready' && training?.sandbox && <SandboxResult />}
        {state === 'ready' && training && props.giveFeedback && (
          <TrainingFeedback
            key={training.id}
            name={name}
            training={training}
            giveFeedback={props.giveFeedback}
            dismissible
          />
        )}
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
        <Later
          load={loadCancelDialog}
          wanted={cancelling !== null}
          onFailed={() => setCancelling(null)}
        >
          {(CancelDialog) =>
            cancelling && (
              <CancelDialog
                characterId={characterId}
                name={name}
                training={training?.id === cancelling.id ? training : cancelling}
                cancelTraining={props.cancelTraining}
                onClose={() => setCancelling(null)}
                returnFocus={props.returnFocus}
              />
            )
          }
        </Later>
      </div>
    </Panel>
  );
}

function phaseLabel(training: TrainingView): string {
  const present = phaseOf(training);
  return phases.find(({ id }) => id === present)?.label ?? '';
}

/** A training that was being cancelled here and turned out ready: the result won the race. */
function useCameTooLate(training: TrainingView | null): boolean {
  const cancelledId = useRef<string | null>(null);
  useEffect(() => {
    if (training?.cancelRequested) cancelledId.current = training.id;
  }, [training]);
  return training?.status === 'ready' && cancelledId.current === training.id;
}

function Explanation({ name, training, state }: TrainingStatusProps & { state: TrainingState }) {
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
      if (training.providerBusy) {
        return (
          <p>
            The GPU provider is busy. Your place is kept
            {costCredits > 0 && ' and your credits stay reserved'}.
          </p>
        );
      }
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
          {formatCount(imageCount, 'image')} on{' '}
          <span className="whitespace-nowrap">{training.baseModelLabel}</span> ·{' '}
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
    case 'expired':
      return <p>It was not used for a long time, so its file was removed. The history stays.</p>;
    default:
      return null;
  }
}

/** The model that the studio goes on using, when the newest training is not the one that made it. */
function LastModel({ training, lastReady, state }: TrainingStatusProps & { state: TrainingState }) {
  if (!lastReady || lastReady.expired || !training || lastReady.id === training.id) return null;
  return (
    <p>
      {state === 'pending' || state === 'training' || state === 'stopping'
        ? 'Until then, the model of'
        : 'The model of'}{' '}
      <LocalTime at={lastReady.completedAt} /> (
      {lastReady.costCredits > 0 ? formatCredits(lastReady.costCredits) : 'free'}) is in use.
    </p>
  );
}

function Actions(props: TrainingStatusProps & { state: TrainingState; onCancel: () => void }) {
  const { primary, secondary } = trainingStates[props.state];
  const buttons = [...(primary ? [primary] : []), ...secondary].flatMap((step) => {
    const button = actionFor(step, props);
    return button ? [<Fragment key={step}>{button}</Fragment>] : [];
  });
  if (buttons.length === 0) return null;
  return <div className="flex flex-wrap items-start gap-3">{buttons}</div>;
}

/** The control for a step; null where the page has nothing that it leads to. */
function actionFor(
  step: TrainingStep,
  props: TrainingStatusProps & { onCancel: () => void },
): ReactNode {
  const { characterId, training, onCancel, onChooseImages, onShowHistory, retrain } = props;
  const choose = (label: string) =>
    onChooseImages && <Button onClick={onChooseImages}>{label}</Button>;
  const showHistory = (label: string) =>
    training &&
    onShowHistory && (
      <Button variant="quiet" onClick={() => onShowHistory(training.id)}>
        {label}
      </Button>
    );

  switch (step) {
    case 'choose-images':
      return choose('Choose images');
    case 'cancel':
      return <Button onClick={onCancel}>Cancel training</Button>;
    case 'see-images-used':
      return showHistory('See images used');
    case 'open-studio':
      return (
        <LinkButton href={paths.studio(characterId)} variant="primary">
          Open studio
        </LinkButton>
      );
    case 'download':
      return training && <DownloadLinks characterId={characterId} training={training} />;
    case 'retrain':
      return (
        onChooseImages && (
          <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
            {choose(retrain?.price ? `Retrain for ${retrain.price}` : 'Retrain')}
            {retrain && retrain.newLikeCount > 0 && (
              <span className="text-small text-ink-2">
                {formatCount(retrain.newLikeCount, 'new liked image')}
              </span>
            )}
          </span>
        )
      );
    case 'retry-for-free':
      return props.freeRetry ?? choose('Train again');
    case 'what-happened':
      return showHistory('What happened');
    case 'fix-images':
      return <LinkButton href={paths.wizard(characterId, 'images')}>Fix images</LinkButton>;
    case 'train-again':
      return choose('Train again');
  }
}
