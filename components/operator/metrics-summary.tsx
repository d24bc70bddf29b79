import { CircleAlert, CircleCheck, CircleHelp } from 'lucide-react';
import type { ReactNode } from 'react';
import { failureSentence } from '@/lib/failure-messages';
import {
  formatCount,
  formatCredits,
  formatDollars,
  formatDuration,
  formatNumber,
  formatPercent,
} from '@/lib/format';
import type { SuccessMetrics } from '@/lib/metrics/get-success-metrics';
import {
  deviation,
  isAbove,
  isBelow,
  isWithin,
  shareOf,
  targets,
  type Verdict,
} from '@/lib/metrics/rules/targets';
import { Panel } from '../ui/panel';
import { wordDay } from './word-day';

const noFigure = 'No figure yet';

/** Each promise with its figure, and why trainings failed. */
export function MetricsSummary({
  metrics,
  sandbox,
  pricesAsOf,
}: {
  metrics: SuccessMetrics;
  sandbox: boolean;
  /** The day whose prices the estimates use, "2026-11-09"; null when nobody noted it. */
  pricesAsOf: string | null;
}) {
  const { adoption, completion, duration, gpuCost, bills, satisfaction, failures } = metrics;
  const answers = satisfaction.better + satisfaction.same + satisfaction.worse;
  const adopted = shareOf(adoption.trained, adoption.creators);
  const completed = shareOf(completion.ready, completion.ready + completion.failed);
  const better = shareOf(satisfaction.better, answers);
  const off = deviation(gpuCost.actualMicroUsd, gpuCost.estimatedMicroUsd);
  const billedOff = deviation(bills.billedMicroUsd, bills.accruedMicroUsd);
  return (
    <>
      <dl className="grid gap-px overflow-hidden rounded-panel border border-line bg-line sm:grid-cols-2 lg:grid-cols-3">
        <Figure
          name="Adoption"
          value={adopted === null ? null : formatPercent(adopted)}
          target={`more than ${formatPercent(targets.adoption)}`}
          verdict={isAbove(adopted, targets.adoption)}
        >
          {formatNumber(adoption.trained)} of {formatCount(adoption.creators, 'creator')} with a
          finished profile set trained.
        </Figure>
        <Figure
          name="Completion"
          value={completed === null ? null : formatPercent(completed)}
          target={`more than ${formatPercent(targets.completion)}`}
          verdict={isAbove(completed, targets.completion)}
        >
          {formatNumber(completion.ready)} ready, {formatNumber(completion.failed)} failed,{' '}
          {formatNumber(completion.cancelled)} cancelled, {formatNumber(completion.open)} open.
        </Figure>
        <Figure
          name="Satisfaction"
          value={better === null ? null : formatPercent(better)}
          target={`more than ${formatPercent(targets.satisfaction)}`}
          verdict={isAbove(better, targets.satisfaction)}
        >
          {formatNumber(satisfaction.better)} better, {formatNumber(satisfaction.same)} the same,{' '}
          {formatNumber(satisfaction.worse)} worse.
        </Figure>
        <Figure
          name="Training time"
          value={duration.averageMs === null ? null : formatDuration(duration.averageMs)}
          target={`less than ${formatDuration(targets.durationMs)}`}
          verdict={isBelow(duration.averageMs, targets.durationMs)}
        >
          {duration.medianMs === null || duration.ninetiethMs === null
            ? 'No training was ready in this time.'
            : `Average. Half take ${formatDuration(duration.medianMs)}, nine in ten ${formatDuration(duration.ninetiethMs)}.`}{' '}
          {duration.estimated > 0 &&
            `${formatNumber(duration.withinEstimate)} of ${formatNumber(duration.estimated)} were ready within the estimate.`}
        </Figure>
        <Figure
          name="GPU cost against estimate"
          value={formatDeviation(off)}
          target={`within ${formatPercent(targets.costDeviation)}`}
          verdict={isWithin(off, targets.costDeviation)}
        >
          {off === null
            ? sandbox
              ? 'The sandbox costs nothing.'
              : 'No ready training has an estimate and a price.'
            : `${formatDollars(gpuCost.actualMicroUsd)} spent, ${formatDollars(gpuCost.estimatedMicroUsd)} estimated, ${formatCount(gpuCost.trainings, 'training')}.`}{' '}
          {!sandbox &&
            (pricesAsOf === null
              ? 'Nobody noted of which day the prices are.'
              : `Prices of ${wordDay(pricesAsOf)}.`)}
        </Figure>
        {!sandbox && (
          <Figure
            name="Billed against our sums"
            value={formatDeviation(billedOff)}
            target={`within ${formatPercent(targets.costDeviation)}`}
            verdict={isWithin(billedOff, targets.costDeviation)}
          >
            {bills.attempts === 0
              ? 'No bill has been read. Not every provider bills by the training.'
              : `${formatDollars(bills.billedMicroUsd)} billed, ${formatDollars(bills.accruedMicroUsd)} added up, ${formatCount(bills.attempts, 'attempt')}.`}
          </Figure>
        )}
        <Figure
          name="Credits captured"
          value={formatCredits(metrics.capturedCredits)}
          isWide={!sandbox}
        >
          What creators paid for ready models.
        </Figure>
      </dl>
      <Panel title="Why trainings failed">
        {failures.length === 0 ? (
          <p className="text-ink-2">No training failed in this time.</p>
        ) : (
          <ul className="flex flex-col gap-2">
            {failures.map(({ reason, count }) => (
              <li key={reason} className="flex items-baseline justify-between gap-4">
                <span>{failureSentence[reason]}</span>
                <span className="text-ink-2 tabular-nums">{formatNumber(count)}</span>
              </li>
            ))}
          </ul>
        )}
      </Panel>
      <p className="max-w-measure text-small text-ink-2">
        Face match with and without a LoRA is not measured here.
      </p>
    </>
  );
}

const verdicts: Record<Verdict, { icon: typeof CircleCheck; word: string; colour: string }> = {
  met: { icon: CircleCheck, word: 'Met', colour: 'text-good' },
  missed: { icon: CircleAlert, word: 'Missed', colour: 'text-bad' },
  unknown: { icon: CircleHelp, word: 'Not known yet', colour: 'text-ink-2' },
};

function formatDeviation(off: number | null): string | null {
  return off === null ? null : `${off >= 0 ? '+' : '−'}${formatPercent(Math.abs(off))}`;
}

interface FigureProps {
  name: string;
  /** Null: there is nothing to make a figure from. */
  value: string | null;
  target?: string;
  verdict?: Verdict;
  /** The last of an odd number takes the row. */
  isWide?: boolean;
  children: ReactNode;
}

function Figure({ name, value, target, verdict, isWide = false, children }: FigureProps) {
  const judged = verdict && verdicts[verdict];
  return (
    <div
      className={`flex flex-col gap-1 bg-surface px-4 py-4 sm:px-6 ${isWide ? 'sm:col-span-2 lg:col-span-3' : ''}`}
    >
      <dt className="text-small font-medium text-ink-2">{name}</dt>
      <dd className="text-section font-semibold tabular-nums">{value ?? noFigure}</dd>
      {judged && (
        <dd className={`flex items-center gap-1.5 text-small ${judged.colour}`}>
          <judged.icon className="size-4" aria-hidden="true" />
          {judged.word} · target {target}
        </dd>
      )}
      <dd className="text-small text-ink-2">{children}</dd>
    </div>
  );
}
