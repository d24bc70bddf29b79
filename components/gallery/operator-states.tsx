'use client';

import dynamic from 'next/dynamic';
import type { LastAudit } from '@/lib/audit/nightly-audit';
import type { TrainingPauseView } from '@/lib/lora/pause-trainings';
import type { MetricsDay, SuccessMetrics } from '@/lib/metrics/get-success-metrics';
import { AuditSummary } from '../operator/audit-summary';
import { MetricsFilter } from '../operator/metrics-filter';
import { MetricsSummary } from '../operator/metrics-summary';
import { TrainingSwitch } from '../operator/training-switch';
import { PageContainer } from '../shell/page-container';
import { PageHeading } from '../shell/page-heading';
import type { StateName } from './catalogue';
import { daysMs, instant, minutesMs } from './facts';
import type { ShownState } from './shown-state';
import { neverAnswers } from './stand-in-verbs';

// The charts' library is for the two states that have charts.
const MetricsCharts = dynamic(() =>
  import('../operator/metrics-charts').then((module) => module.MetricsCharts),
);

const days = 30;

function series(of: (at: number) => Omit<MetricsDay, 'day'>): MetricsDay[] {
  return Array.from({ length: days }, (_, at) => ({
    day: instant((at - days + 1) * daysMs).slice(0, 10),
    ...of(at),
  }));
}

const empty: SuccessMetrics = {
  days,
  adoption: { creators: 0, trained: 0 },
  completion: { ready: 0, failed: 0, cancelled: 0, open: 0 },
  duration: {
    trainings: 0,
    averageMs: null,
    medianMs: null,
    ninetiethMs: null,
    estimated: 0,
    withinEstimate: 0,
  },
  gpuCost: { trainings: 0, estimatedMicroUsd: 0, actualMicroUsd: 0 },
  bills: { attempts: 0, accruedMicroUsd: 0, billedMicroUsd: 0 },
  capturedCredits: 0,
  satisfaction: { better: 0, same: 0, worse: 0 },
  failures: [],
  series: series(() => ({ ready: 0, failed: 0, cancelled: 0, medianMs: null, estimatedMs: null })),
};

const full: SuccessMetrics = {
  days,
  adoption: { creators: 412, trained: 287 },
  completion: { ready: 361, failed: 9, cancelled: 14, open: 3 },
  duration: {
    trainings: 361,
    averageMs: 44 * minutesMs,
    medianMs: 38 * minutesMs,
    ninetiethMs: 71 * minutesMs,
    estimated: 340,
    withinEstimate: 309,
  },
  gpuCost: { trainings: 340, estimatedMicroUsd: 812_000_000, actualMicroUsd: 779_400_000 },
  bills: { attempts: 352, accruedMicroUsd: 801_300_000, billedMicroUsd: 894_100_000 },
  capturedCredits: 9_840_000,
  satisfaction: { better: 118, same: 31, worse: 12 },
  failures: [
    { reason: 'GPU_INTERRUPTED', count: 5 },
    { reason: 'GPU_OUT_OF_MEMORY', count: 3 },
    { reason: 'IMAGES_UNREADABLE', count: 1 },
  ],
  series: series((at) => ({
    ready: 6 + ((at * 7) % 11),
    failed: at % 5 === 2 ? 1 : 0,
    cancelled: at % 4 === 1 ? 1 : 0,
    medianMs: (32 + ((at * 5) % 17)) * minutesMs,
    estimatedMs: 60 * minutesMs,
  })),
};

const found: LastAudit = {
  finishedAt: new Date(instant(-2 * 3_600_000)),
  findings: [
    { problem: 'training past its deadline', id: 'a', detail: '' },
    { problem: 'training past its deadline', id: 'b', detail: '' },
    { problem: 'job at a provider that no attempt waits for', id: 'c', detail: '' },
  ],
};

const pause: TrainingPauseView = {
  pausedAt: instant(-40 * minutesMs),
  pausedBy: 'night-shift-of-the-northern-region@operations.likeness.example',
  reason: 'The provider raised its price by half. We wait until tomorrow’s call with them.',
};

function operator(
  metrics: SuccessMetrics,
  audit: LastAudit | null,
  { paused = false } = {},
): ShownState {
  return {
    content: (
      <PageContainer>
        <PageHeading
          title="Success metrics"
          lead="How trainings go for all creators here, against what we promised ourselves. Nobody is named."
        />
        <div className="flex flex-col gap-6">
          <TrainingSwitch
            pause={paused ? pause : null}
            verbs={{ pause: neverAnswers, resume: neverAnswers }}
          />
          <MetricsFilter days={days} source="gpu" />
          <MetricsSummary
            metrics={metrics}
            sandbox={false}
            pricesAsOf={metrics === empty ? null : '2026-03-02'}
          />
          <MetricsCharts series={metrics.series} />
          <AuditSummary audit={audit} />
        </div>
      </PageContainer>
    ),
    awaits: 'Trainings by day',
  };
}

export const operatorStates: Record<StateName<'operator'>, ShownState> = {
  empty: operator(empty, null),
  full: operator(full, found),
  paused: operator(full, found, { paused: true }),
  pausing: {
    ...operator(full, found),
    presses: ['Pause new trainings'],
    awaits: 'What runs goes on',
  },
  'pause-refused': {
    ...operator(full, found),
    presses: ['Pause new trainings', 'Pause trainings'],
    awaits: 'Say why',
  },
  resuming: {
    ...operator(full, found, { paused: true }),
    presses: ['Let trainings go on', 'Let them go on'],
    awaits: 'what waits is handed to a GPU',
  },
};
