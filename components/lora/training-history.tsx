'use client';

import { Ban, Check, ChevronDown, ChevronLeft, ChevronRight, Clock, Trash2, X } from 'lucide-react';
import { Fragment, type ReactNode } from 'react';
import { formatCount, formatDuration, formatNumber } from '@/lib/format';
import type { TrainingHistoryView } from '@/lib/lora/get-training-history';
import type { TrainingView } from '@/lib/lora/training-view';
import { paths } from '@/lib/paths';
import { Badge, type Tone } from '../ui/badge';
import { buttonClasses } from '../ui/button-style';
import { joinClasses } from '../ui/join-classes';
import { Later } from '../ui/later';
import { Link } from '../ui/link';
import { LocalTime } from '../ui/local-time';
import { Panel } from '../ui/panel';
import { RelativeTime } from '../ui/relative-time';
import { SandboxMark } from '../ui/sandbox-mark';
import type { GiveFeedbackVerb } from './training-feedback';

/** For focus from a script. */
export const historyHeadingId = 'training-history';

const loadDetails = () => import('./training-details').then((module) => module.TrainingDetails);

interface TrainingHistoryProps {
  characterId: string;
  name: string;
  history: TrainingHistoryView;
  /** The newest training as it is now; its line follows it. */
  current: TrainingView | null;
  /** The training whose line is open. */
  openId: string | null;
  onOpen: (loraModelId: string | null) => void;
  giveFeedback: GiveFeedbackVerb;
}

const cell = 'py-2 pr-4 align-middle max-sm:p-0';
const heads = ['Date', 'Base model', 'Images', 'Result', 'Credits', 'Time'] as const;

/** Every training, newest first; a line opens in place. A table from 640 px, cards below. */
export function TrainingHistory({ history, current, ...rest }: TrainingHistoryProps) {
  const { page, pageCount, total } = history;
  const lines = linesOf(history, current, rest.openId);
  return (
    <Panel
      title="History"
      headingId={historyHeadingId}
      aside={
        pageCount > 1 && (
          <span className="text-small text-ink-3 tabular-nums">
            {formatCount(total, 'training')}
          </span>
        )
      }
    >
      {lines.length === 0 ? (
        <p className="text-ink-2">Each training will have its line here, with what became of it.</p>
      ) : (
        <table className="w-full text-small tabular-nums max-sm:block">
          <caption className="sr-only">
            Trainings, newest first{pageCount > 1 && `, page ${page} of ${pageCount}`}
          </caption>
          <thead className="max-sm:sr-only">
            <tr className="text-left text-ink-3">
              {heads.map((head) => (
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
            {lines.map((training) => (
              <Line key={training.id} training={training} {...rest} />
            ))}
          </tbody>
        </table>
      )}
      {pageCount > 1 && <Pages characterId={rest.characterId} page={page} pageCount={pageCount} />}
    </Panel>
  );
}

/** The page's lines with the newest training as it is now, also when it began after the page was made. */
function linesOf(
  { trainings, page }: TrainingHistoryView,
  current: TrainingView | null,
  openId: string | null,
): TrainingView[] {
  if (!current) return [...trainings];
  const others = trainings.filter(({ id }) => id !== current.id);
  const here = page === 1 || openId === current.id || others.length < trainings.length;
  return here ? [current, ...others] : others;
}

function Line({
  training,
  characterId,
  name,
  openId,
  onOpen,
  giveFeedback,
}: Omit<TrainingHistoryProps, 'history' | 'current'> & { training: TrainingView }) {
  const open = training.id === openId;
  const detailsId = `training-${training.id}`;
  return (
    <Fragment>
      <tr className="border-t border-line max-sm:grid max-sm:grid-cols-[minmax(0,1fr)_auto] max-sm:gap-x-4 max-sm:gap-y-1 max-sm:py-3">
        <th scope="row" className={joinClasses(cell, 'text-left font-medium')}>
          {/* Of one width, so that no column moves when the time is written in the reader's way. */}
          <RelativeTime
            at={training.createdAt}
            className="block w-28 truncate first-letter:uppercase"
          />
        </th>
        <td className={joinClasses(cell, 'max-sm:col-start-1')}>{training.baseModelLabel}</td>
        <td className={joinClasses(cell, 'max-sm:col-start-1')}>
          {training.imageCount}
          <span className="sm:hidden"> {training.imageCount === 1 ? 'image' : 'images'}</span>
        </td>
        <td className={joinClasses(cell, 'max-sm:col-start-2 max-sm:row-start-1')}>
          <span className="flex flex-wrap items-center gap-1.5 max-sm:justify-end">
            <Result training={training} />
            {training.sandbox && <SandboxMark />}
          </span>
        </td>
        <td className={joinClasses(cell, 'max-sm:col-start-1')}>
          <Money training={training} />
        </td>
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
            className="pressable -mr-2 inline-flex min-h-target items-center gap-1 rounded-control px-2 font-medium text-ink-2 hover:bg-well hover:text-ink"
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
            <Later load={loadDetails}>
              {(TrainingDetails) => (
                <TrainingDetails
                  characterId={characterId}
                  name={name}
                  training={training}
                  giveFeedback={giveFeedback}
                />
              )}
            </Later>
          </td>
        </tr>
      )}
    </Fragment>
  );
}

const results: Record<TrainingView['status'], { tone: Tone; label: string; icon: ReactNode }> = {
  pending: { tone: 'accent', label: 'Waiting', icon: <Clock aria-hidden="true" /> },
  training: { tone: 'accent', label: 'Training', icon: <Clock aria-hidden="true" /> },
  ready: { tone: 'good', label: 'Ready', icon: <Check aria-hidden="true" /> },
  failed: { tone: 'bad', label: 'Failed', icon: <X aria-hidden="true" /> },
  cancelled: { tone: 'neutral', label: 'Cancelled', icon: <Ban aria-hidden="true" /> },
};
const removed = { tone: 'neutral', label: 'Removed', icon: <Trash2 aria-hidden="true" /> } as const;
const stopping = {
  tone: 'neutral',
  label: 'Cancelling',
  icon: <Ban aria-hidden="true" />,
} as const;

function Result({ training: { status, cancelRequested, expiredAt } }: { training: TrainingView }) {
  const { tone, label, icon } = cancelRequested ? stopping : expiredAt ? removed : results[status];
  return (
    <Badge tone={tone} icon={icon}>
      {label}
    </Badge>
  );
}

const moneyWords = { reserved: 'reserved', captured: 'charged', released: 'back' } as const;

function Money({ training: { money, costCredits } }: { training: TrainingView }) {
  if (money === 'free') return 'Free';
  return (
    <>
      {formatNumber(costCredits)}
      {/* Where no head of a column says it. */}
      <span className="sm:hidden"> credits</span> {moneyWords[money]}
    </>
  );
}

function Pages({
  characterId,
  page,
  pageCount,
}: {
  characterId: string;
  page: number;
  pageCount: number;
}) {
  const to = (wanted: number) =>
    `${paths.trainingHistory(characterId, wanted)}#${historyHeadingId}`;
  return (
    <nav
      aria-label="Pages of the history"
      className="flex items-center justify-between gap-3 border-t border-line pt-3"
    >
      <span className="flex flex-1 justify-start">
        {page > 1 && (
          <Link href={to(page - 1)} className={buttonClasses({ size: 'small' })}>
            <ChevronLeft aria-hidden="true" />
            Newer
          </Link>
        )}
      </span>
      <span className="text-small text-ink-2 tabular-nums">
        Page {page} of {pageCount}
      </span>
      <span className="flex flex-1 justify-end">
        {page < pageCount && (
          <Link href={to(page + 1)} className={buttonClasses({ size: 'small' })}>
            Older
            <ChevronRight aria-hidden="true" />
          </Link>
        )}
      </span>
    </nav>
  );
}
