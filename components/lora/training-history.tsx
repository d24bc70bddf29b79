'use client';

import { Ban, Check, ChevronDown, Clock, X } from 'lucide-react';
import { Fragment, type ReactNode } from 'react';
import { failureSentence } from '@/lib/error-messages';
import { formatCount, formatCredits, formatDuration, formatNumber } from '@/lib/format';
import type { TrainableImage } from '@/lib/lora/get-training-panel';
import type { TrainingView } from '@/lib/lora/training-view';
import { Badge, type Tone } from '../ui/badge';
import { joinClasses } from '../ui/join-classes';
import { LocalTime } from '../ui/local-time';
import { Panel } from '../ui/panel';
import { SandboxMark } from '../ui/sandbox-mark';
import { DownloadLinks, SandboxResult } from './download-links';

/** For focus from a script. */
export const historyHeadingId = 'training-history';

interface TrainingHistoryProps {
  characterId: string;
  trainings: readonly TrainingView[];
  images: readonly TrainableImage[];
  /** The training whose line is open. */
  openId: string | null;
  onOpen: (loraModelId: string | null) => void;
}

const cell = 'py-2 pr-4 align-middle max-sm:p-0';

/** Every training, newest first; a line opens in place. A table from 640 px, cards below. */
export function TrainingHistory({
  characterId,
  trainings,
  images,
  openId,
  onOpen,
}: TrainingHistoryProps) {
  return (
    <Panel title="History" headingId={historyHeadingId}>
      {trainings.length === 0 ? (
        <p className="text-ink-2">Each training will have its line here, with what became of it.</p>
      ) : (
        <table className="w-full text-small tabular-nums max-sm:block">
          <caption className="sr-only">Trainings, newest first</caption>
          <thead className="max-sm:sr-only">
            <tr className="text-left text-ink-3">
              {['Date', 'Base model', 'Images', 'Result', 'Credits', 'Time'].map((head) => (
                <th key={head} scope="col" className="pr-4 pb-1 font-normal">
                  {head}
                </th>
              ))}
              <th scope="col" className="pb-1">
                <span className="sr-only">Details</span>
              </th>
            </tr>
          </thead>
          <tbody className="max-sm:block">
            {trainings.map((training) => {
              const open = training.id === openId;
              const detailsId = `training-${training.id}`;
              return (
                <Fragment key={training.id}>
                  <tr className="border-t border-line max-sm:grid max-sm:grid-cols-[1fr_auto] max-sm:gap-x-4 max-sm:gap-y-1 max-sm:py-3">
                    <th scope="row" className={joinClasses(cell, 'text-left font-medium')}>
                      <LocalTime at={training.createdAt} />
                      <span className="font-normal text-ink-3">
                        {', '}
                        <LocalTime at={training.createdAt} as="time" />
                      </span>
                    </th>
                    <td className={joinClasses(cell, 'max-sm:col-start-1')}>
                      {training.baseModelLabel}
                    </td>
                    <td className={joinClasses(cell, 'max-sm:col-start-1')}>
                      {training.imageCount}
                      <span className="sm:hidden"> images</span>
                    </td>
                    <td className={joinClasses(cell, 'max-sm:col-start-2 max-sm:row-start-1')}>
                      <span className="flex flex-wrap items-center gap-1.5">
                        <Result training={training} />
                        {training.sandbox && <SandboxMark />}
                      </span>
                    </td>
                    <td className={joinClasses(cell, 'max-sm:col-start-1')}>{money(training)}</td>
                    <td
                      className={joinClasses(
                        cell,
                        'max-sm:col-start-1 max-sm:text-ink-3',
                        training.durationMs === null && 'max-sm:hidden',
                      )}
                    >
                      {training.durationMs === null ? '–' : formatDuration(training.durationMs)}
                    </td>
                    <td className="py-2 text-right max-sm:col-start-2 max-sm:row-span-3 max-sm:row-start-3 max-sm:self-end max-sm:p-0">
                      <button
                        type="button"
                        aria-expanded={open}
                        aria-controls={open ? detailsId : undefined}
                        onClick={() => onOpen(open ? null : training.id)}
                        className="pressable inline-flex min-h-target items-center gap-1 rounded-control px-2 font-medium text-ink-2 hover:bg-well hover:text-ink"
                      >
                        Details
                        <span className="sr-only">
                          {' '}
                          of the training on <LocalTime at={training.createdAt} as="moment" />
                        </span>
                        <ChevronDown
                          aria-hidden="true"
                          className={joinClasses(
                            'size-4 transition-transform duration-base motion-reduce:transition-none',
                            open && 'rotate-180',
                          )}
                        />
                      </button>
                    </td>
                  </tr>
                  {open && (
                    <tr className="max-sm:block">
                      <td id={detailsId} colSpan={7} className="pb-4 max-sm:block">
                        <Details characterId={characterId} training={training} images={images} />
                      </td>
                    </tr>
                  )}
                </Fragment>
              );
            })}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

const results: Record<TrainingView['status'], { tone: Tone; label: string; icon: ReactNode }> = {
  pending: { tone: 'accent', label: 'Waiting', icon: <Clock aria-hidden="true" /> },
  training: { tone: 'accent', label: 'Training', icon: <Clock aria-hidden="true" /> },
  ready: { tone: 'good', label: 'Ready', icon: <Check aria-hidden="true" /> },
  failed: { tone: 'bad', label: 'Failed', icon: <X aria-hidden="true" /> },
  cancelled: { tone: 'neutral', label: 'Cancelled', icon: <Ban aria-hidden="true" /> },
};

function Result({ training }: { training: TrainingView }) {
  const { tone, label, icon } = results[training.status];
  return (
    <Badge tone={tone} icon={icon}>
      {label}
    </Badge>
  );
}

const moneyWords = { reserved: 'reserved', captured: 'charged', released: 'back' } as const;

function money({ money: place, costCredits }: TrainingView): string {
  return place === 'free' ? 'Free' : `${formatNumber(costCredits)} ${moneyWords[place]}`;
}

function Details({
  characterId,
  training,
  images,
}: Pick<TrainingHistoryProps, 'characterId' | 'images'> & { training: TrainingView }) {
  const used = images.filter(({ id }) => training.imageIds.includes(id));
  const gone = training.imageIds.length - used.length;
  return (
    <div className="flex flex-col gap-4 rounded-control bg-ground p-4">
      {training.failure && (
        <p>
          <span className="font-medium">{failureSentence[training.failure.reason]}</span>{' '}
          {training.failure.ours
            ? 'It was not your doing.'
            : 'Other images may work; the credits came back.'}
          {training.freeRetryUntil && (
            <>
              {' '}
              The next try is free until <LocalTime at={training.freeRetryUntil} />.
            </>
          )}
        </p>
      )}
      <div>
        <h3 className="mb-1 font-medium">
          {formatCount(training.imageCount, 'image')} used
          {gone > 0 && <span className="font-normal text-ink-3">, {gone} no longer here</span>}
        </h3>
        <ul className="flex flex-wrap gap-1">
          {used.map((image) => (
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
      </div>
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
        <Fact term="Credits">
          <Timeline training={training} />
        </Fact>
        <Fact term="Trigger word">
          <code className="font-mono break-all">{training.triggerWord}</code>
        </Fact>
        <Fact term="Steps">
          {formatNumber(training.step)} of {formatNumber(training.totalSteps)}
        </Fact>
        {training.files.length > 0 && training.expiresAt && (
          <Fact term="Kept until">
            <LocalTime at={training.expiresAt} />
          </Fact>
        )}
        {training.files.map(({ role, sha256 }) => (
          <Fact key={role} term={training.files.length > 1 ? `SHA-256, ${role}` : 'SHA-256'}>
            <code className="font-mono break-all">{sha256}</code>
          </Fact>
        ))}
      </dl>
      {training.sandbox && training.status === 'ready' && <SandboxResult />}
      {training.files.length > 0 && <DownloadLinks characterId={characterId} training={training} />}
    </div>
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
function Timeline({ training }: { training: TrainingView }) {
  const { costCredits, createdAt, completedAt, money: place } = training;
  if (place === 'free') return <>Free, because the training before it failed</>;
  return (
    <ol>
      <li>
        {formatCredits(costCredits)} reserved, <LocalTime at={createdAt} as="moment" />
      </li>
      {completedAt && place !== 'reserved' && (
        <li>
          {place === 'captured' ? 'Charged' : 'Released, back in the balance'},{' '}
          <LocalTime at={completedAt} as="moment" />
        </li>
      )}
    </ol>
  );
}
