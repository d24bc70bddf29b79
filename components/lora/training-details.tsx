'use client';

import type { ReactNode } from 'react';
import { failureSentence } from '@/lib/failure-messages';
import {
  formatBytes,
  formatCount,
  formatCredits,
  formatDuration,
  formatNumber,
} from '@/lib/format';
import type { AttemptView, TrainingRecord } from '@/lib/lora/get-training-record';
import { hasEnded } from '@/lib/lora/rules/lifecycle';
import type { TrainingView } from '@/lib/lora/training-view';
import { Button } from '../ui/button';
import { LocalTime } from '../ui/local-time';
import { Spinner } from '../ui/spinner';
import { useShownPending } from '../ui/use-shown-pending';
import { DownloadLinks, SandboxResult } from './download-links';
import { LossCurve } from './loss-curve';
import { type GiveFeedbackVerb, TrainingFeedback } from './training-feedback';
import { TrainingSamples } from './training-samples';
import { useTrainingRecord } from './use-training-record';

interface TrainingDetailsProps {
  characterId: string;
  name: string;
  training: TrainingView;
  giveFeedback: GiveFeedbackVerb;
}

/** Everything about one training; what the list did not bring is asked for when it opens. */
export function TrainingDetails({
  characterId,
  name,
  training,
  giveFeedback,
}: TrainingDetailsProps) {
  const { record, isError, refetch, isFetching } = useTrainingRecord(characterId, training);
  const waiting = useShownPending(!record && isFetching);
  return (
    <div className="flex min-w-0 flex-col gap-5 rounded-control bg-ground p-4">
      <Outcome training={training} />
      {record ? (
        <>
          <UsedImages training={training} record={record} />
          {record.samples.length > 0 && (
            <Part title={formatCount(record.samples.length, 'sample')}>
              <TrainingSamples samples={record.samples} sandbox={training.sandbox} />
            </Part>
          )}
          <Attempts training={training} record={record} />
          <Facts training={training} record={record} />
        </>
      ) : isError ? (
        <p className="flex flex-wrap items-center gap-3">
          We can't show the rest right now. It is safe.
          <Button size="small" pending={isFetching} onClick={() => void refetch()}>
            Try again
          </Button>
        </p>
      ) : (
        <p role="status" className="flex min-h-16 items-center gap-2 text-ink-2">
          {waiting && (
            <>
              <Spinner /> Loading the details…
            </>
          )}
        </p>
      )}
      {training.sandbox && training.status === 'ready' && <SandboxResult />}
      {training.files.length > 0 && <DownloadLinks characterId={characterId} training={training} />}
      {training.status === 'ready' && (
        <TrainingFeedback
          name={name}
          training={training}
          giveFeedback={giveFeedback}
          className="bg-surface"
        />
      )}
    </div>
  );
}

/** Why it failed and what that means, in plain words. */
function Outcome({ training }: { training: TrainingView }) {
  const { failure, freeRetryUntil } = training;
  if (!failure) return null;
  return (
    <p>
      <span className="font-medium">{failureSentence[failure.reason]}</span>{' '}
      {failure.ours ? 'It was not your doing.' : 'Other images may work; the credits came back.'}
      {freeRetryUntil && (
        <>
          {' '}
          The next try is free until <LocalTime at={freeRetryUntil} />.
        </>
      )}
    </p>
  );
}

function Part({ title, children }: { title: ReactNode; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <h3 className="mb-1 font-medium">{title}</h3>
      {children}
    </div>
  );
}

function UsedImages({ training, record }: { training: TrainingView; record: TrainingRecord }) {
  const { images, deletedImageCount } = record;
  return (
    <Part
      title={
        <>
          {formatCount(training.imageCount, 'image')} used
          {deletedImageCount > 0 && (
            <span className="font-normal text-ink-3">, {deletedImageCount} deleted since</span>
          )}
        </>
      }
    >
      <ul className="flex flex-wrap gap-1">
        {images.map((image) => (
          <li key={image.id} className="text-frame text-ink-3">
            <img
              src={image.thumbnailUrl}
              alt=""
              loading="lazy"
              decoding="async"
              className="aspect-frame w-12 rounded-picture bg-well object-cover"
            />
            <span className="sr-only">Image </span>
            {image.number}
          </li>
        ))}
      </ul>
    </Part>
  );
}

/** What became of an attempt, and what is to be added to when it did. */
const outcomeWords: Record<NonNullable<AttemptView['outcome']>, { ended: string; why: string }> = {
  ready: { ended: 'Finished', why: '' },
  failed: { ended: 'Ended without a model', why: '' },
  again: { ended: 'Interrupted', why: '; run again at no cost to you' },
  cancelled: { ended: 'Stopped', why: ', as you asked' },
  dropped: { ended: 'Stopped', why: ', as the training had ended' },
};

function Attempts({ training, record }: { training: TrainingView; record: TrainingRecord }) {
  const { attempts } = record;
  const several = attempts.length > 1;
  if (attempts.length === 0) return null;
  return (
    <Part title={several ? formatCount(attempts.length, 'attempt') : 'How it went'}>
      <ol className="flex flex-col gap-4">
        {attempts.map((attempt) => (
          <li key={attempt.number} className="flex flex-col gap-2">
            <p className="text-ink-2">
              {several && `Attempt ${attempt.number}: `}
              <Course attempt={attempt} />
            </p>
            {attempt.points.length > 0 && (
              <LossCurve points={attempt.points} totalSteps={training.totalSteps} />
            )}
          </li>
        ))}
      </ol>
    </Part>
  );
}

/** When an attempt ended, how and after how long; or since when it is where it is. */
function Course({ attempt: { state, outcome, startedAt, endedAt } }: { attempt: AttemptView }) {
  if (!outcome || !endedAt) {
    return (
      <>
        {state === 'submitting' ? 'Waiting for a GPU' : 'Running'} since{' '}
        <LocalTime at={startedAt} as="moment" />
      </>
    );
  }
  const { ended, why } = outcomeWords[outcome];
  return (
    <>
      {ended} <LocalTime at={endedAt} as="moment" />, after{' '}
      {formatDuration(Date.parse(endedAt) - Date.parse(startedAt))}
      {why}
    </>
  );
}

function Facts({ training, record }: { training: TrainingView; record: TrainingRecord }) {
  const { files, expiresAt, expiredAt, status } = training;
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1">
      <Fact term="Credits">
        <Credits training={training} record={record} />
      </Fact>
      <Fact term="Trigger word">
        <code className="font-mono break-all">{training.triggerWord}</code>
      </Fact>
      <Fact term="Steps">
        {formatNumber(training.step)} of {formatNumber(training.totalSteps)}
      </Fact>
      {files.map(({ role, bytes, sha256 }) => (
        <Fact key={role} term={files.length > 1 ? `File, ${role.replace('_', ' ')}` : 'File'}>
          {formatBytes(bytes)}
          {expiresAt && (
            <>
              , kept until <LocalTime at={expiresAt} />
            </>
          )}
          <br />
          <span className="text-ink-3">SHA-256 </span>
          <code className="font-mono break-all">{sha256}</code>
        </Fact>
      ))}
      {status === 'ready' && expiredAt && (
        <Fact term="File">
          Removed <LocalTime at={expiredAt} />, as it was not used for a long time
        </Fact>
      )}
    </dl>
  );
}

function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-3">{term}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}

/** What happened to the credits, in its order. */
function Credits({ training, record }: { training: TrainingView; record: TrainingRecord }) {
  if (training.money === 'free') {
    return (
      <>
        Free, because the training before it failed
        {hasEnded(training.status) && '; nothing was charged'}
      </>
    );
  }
  return (
    <ol>
      {record.credits.map(({ kind, amountCredits, at }) => (
        <li key={kind}>
          {wordMove(kind, amountCredits)}, <LocalTime at={at} as="moment" />
        </li>
      ))}
    </ol>
  );
}

function wordMove(kind: TrainingRecord['credits'][number]['kind'], amountCredits: number): string {
  if (kind === 'reserve') return `${formatCredits(amountCredits)} reserved`;
  return kind === 'capture' ? 'Charged' : 'Released, back in the balance';
}
