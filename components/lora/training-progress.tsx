'use client';

import { Check } from 'lucide-react';
import { useEffect, useState } from 'react';
import { formatCredits, formatDuration, formatNumber, formatTimeRange } from '@/lib/format';
import type { Estimate } from '@/lib/lora/rules/estimate';
import type { PhaseTimes } from '@/lib/lora/rules/phase-times';
import type { TrainingView } from '@/lib/lora/training-view';
import { joinClasses } from '../ui/join-classes';
import { LocalTime } from '../ui/local-time';
import { ProgressBar } from '../ui/progress-bar';
import { steadyTimeLeft } from './steady-time-left';
import { wordTimeLeft } from './time-left';
import { phaseOf, phases } from './training-phase';
import { useNow } from './use-now';

interface TrainingProgressProps {
  training: TrainingView;
  name: string;
  /** How long such a training usually takes. */
  estimate: Estimate | null;
  /** How long the stations behind it took. */
  times: PhaseTimes | null;
  /** Whether the news comes by e-mail too; undefined: nothing is said of how it comes. */
  emailed: boolean | undefined;
}

/** Two missed signs of life are worth a word. */
const silentAfterMs = 120_000;

/** Where an open training is, what is left, and what happens when it is not done in time. */
export function TrainingProgress({
  training,
  name,
  estimate,
  times,
  emailed,
}: TrainingProgressProps) {
  const now = useNow(15_000);
  const present = phaseOf(training);
  const presentIndex = phases.findIndex(({ id }) => id === present);
  const { step, totalSteps, costCredits, deadlineAt } = training;
  const timeLeft = useSteadyTimeLeft(training.timeLeft);
  const steps = `Step ${formatNumber(step)} of ${formatNumber(totalSteps)}`;
  const left = present === 'training' && timeLeft ? wordTimeLeft(timeLeft) : null;
  const overdue = isOverdue(training, estimate, now);
  const waited = training.startedAt
    ? Date.parse(training.startedAt) - Date.parse(training.createdAt)
    : null;
  const took: PhaseTimes = {
    preparing: null,
    training: null,
    saving: null,
    waiting: waited,
    ...times,
  };
  const silentMs =
    now && training.lastHeardAt ? now.getTime() - Date.parse(training.lastHeardAt) : 0;

  return (
    <div className="flex flex-col gap-4">
      <ol className="grid grid-cols-1 gap-x-2 gap-y-1 sm:grid-cols-5">
        {phases.map(({ id, label }, index) => {
          const done = index < presentIndex;
          return (
            <li
              key={id}
              aria-current={id === present ? 'step' : undefined}
              className={joinClasses(
                'flex items-center gap-2 border-line py-1 text-small sm:flex-col sm:items-start sm:gap-1 sm:border-t-2 sm:pt-2',
                id === present
                  ? 'font-medium text-ink sm:border-accent'
                  : done
                    ? 'text-ink-2 sm:border-control'
                    : 'text-ink-3',
              )}
            >
              <span
                aria-hidden="true"
                className={joinClasses(
                  'flex size-4 flex-none items-center justify-center rounded-full border sm:hidden',
                  id === present ? 'border-4 border-accent' : 'border-control',
                )}
              >
                {done && <Check className="size-3" strokeWidth={2.5} />}
              </span>
              <span>
                {label}
                {done && <span className="sr-only">, done</span>}
              </span>
              {done && id !== 'ready' && took[id] !== null && (
                <span className="font-normal text-ink-3 tabular-nums">
                  {formatDuration(took[id])}
                </span>
              )}
            </li>
          );
        })}
      </ol>

      {present === 'training' && (
        <div className="flex flex-col gap-1.5">
          <ProgressBar
            label={`Training ${name}`}
            value={step}
            max={totalSteps}
            valueText={left ? `${steps}, ${left.toLowerCase()}` : steps}
          />
          <p className="flex flex-wrap justify-between gap-x-4 text-small text-ink-2 tabular-nums">
            <span>{steps}</span>
            {left && !overdue && <span>{left}</span>}
          </p>
        </div>
      )}

      <div className="flex max-w-measure flex-col gap-1 text-ink-2">
        {overdue ? (
          <p>Taking longer than usual.</p>
        ) : (
          !left &&
          estimate && (
            <p>
              Usually {formatTimeRange(estimate.fromSeconds * 1_000, estimate.toSeconds * 1_000)}.
            </p>
          )
        )}
        {silentMs > silentAfterMs && (
          <p>Last news {formatDuration(silentMs)} ago, still within the deadline.</p>
        )}
        <p>
          If it isn't done by <LocalTime at={deadlineAt} as="deadline" />, it stops
          {costCredits > 0 && <>, {formatCredits(costCredits)} come back and the retry is free</>}.
        </p>
        {emailed !== undefined && (
          <p>
            You can close this page. The news will be in your notifications
            {emailed && ' and in an e-mail'}.
          </p>
        )}
      </div>
    </div>
  );
}

/** The estimate as it may stand on the page: calm, and never more often than once a minute anew. */
function useSteadyTimeLeft(fresh: Estimate | null): Estimate | null {
  const [shown, setShown] = useState(() => steadyTimeLeft(null, fresh, Date.now()));
  // biome-ignore lint/correctness/useExhaustiveDependencies: by its figures, not by its object
  useEffect(
    () => setShown((before) => steadyTimeLeft(before, fresh, Date.now())),
    [fresh?.fromSeconds, fresh?.toSeconds],
  );
  return shown?.estimate ?? null;
}

function isOverdue(training: TrainingView, estimate: Estimate | null, now: Date | null): boolean {
  if (!now || !estimate || !training.startedAt) return false;
  return now.getTime() - Date.parse(training.startedAt) > estimate.toSeconds * 1_000;
}
