'use client';

import { ChevronRight } from 'lucide-react';
import { formatDuration, formatNumber } from '@/lib/format';
import type { MetricsDay } from '@/lib/metrics/get-success-metrics';
import { Later } from '../ui/later';
import { Panel } from '../ui/panel';
import { wordDay } from './word-day';

/** Charts are heavy and only operators see them: they come after the page. */
const height = 'h-64';
const loadCharts = () => import('./day-charts');

/** How each day went: as pictures, and as the table behind them. */
export function MetricsCharts({ series }: { series: MetricsDay[] }) {
  return (
    <>
      <Panel title="Trainings by day" description="By the day they ended, UTC.">
        {series.some(({ ready, failed, cancelled }) => ready + failed + cancelled > 0) ? (
          <figure aria-label="Ready, failed and cancelled trainings by day" className={height}>
            <Later load={loadCharts}>
              {({ OutcomeChart }) => <OutcomeChart series={series} />}
            </Later>
          </figure>
        ) : (
          <p className="text-ink-2">No training ended in this time.</p>
        )}
      </Panel>
      <Panel
        title="Training time against estimate"
        description="Half of a day’s trainings took this long or less; the dashed line is what was told at the start."
      >
        {series.some(({ medianMs }) => medianMs !== null) ? (
          <figure aria-label="Median training time and estimate by day" className={height}>
            <Later load={loadCharts}>
              {({ DurationChart }) => <DurationChart series={series} />}
            </Later>
          </figure>
        ) : (
          <p className="text-ink-2">No training was ready in this time.</p>
        )}
      </Panel>
      <details className="group rounded-panel border border-line bg-surface px-4 py-3 sm:px-6">
        <summary className="-ml-1 flex min-h-target list-none items-center gap-1 rounded-control px-1 font-medium [&::-webkit-details-marker]:hidden">
          <ChevronRight
            aria-hidden="true"
            className="size-4 transition-transform duration-base group-open:rotate-90 motion-reduce:transition-none"
          />
          The figures as a table
        </summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
        <section className="overflow-x-auto pb-2" aria-label="Figures by day" tabIndex={0}>
          <table className="w-full min-w-[32rem] text-small tabular-nums">
            <thead className="text-left text-ink-2">
              <tr>
                <th scope="col" className="py-2 pr-4 font-medium">
                  Day
                </th>
                {['Ready', 'Failed', 'Cancelled', 'Median time', 'Estimate'].map((label) => (
                  <th key={label} scope="col" className="py-2 pl-4 text-right font-medium">
                    {label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {series.toReversed().map((entry) => (
                <tr key={entry.day} className="border-t border-line">
                  <th scope="row" className="py-2 pr-4 text-left font-normal whitespace-nowrap">
                    {wordDay(entry.day)}
                  </th>
                  {[entry.ready, entry.failed, entry.cancelled].map((count, column) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: the columns never change
                    <td key={column} className="py-2 pl-4 text-right">
                      {formatNumber(count)}
                    </td>
                  ))}
                  <td className="py-2 pl-4 text-right">{duration(entry.medianMs)}</td>
                  <td className="py-2 pl-4 text-right">{duration(entry.estimatedMs)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </details>
    </>
  );
}

function duration(ms: number | null): string {
  return ms === null ? '–' : formatDuration(ms);
}
