'use client';

import {
  Bar,
  BarChart,
  CartesianGrid,
  Legend,
  Line,
  LineChart,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts';
import { formatDuration } from '@/lib/format';
import type { MetricsDay } from '@/lib/metrics/get-success-metrics';
import { wordDay } from './word-day';

const minuteMs = 60_000;
const tick = { fontSize: 12, fill: 'var(--ink-3)' };
const grid = { stroke: 'var(--line)', vertical: false };
const axis = { tickLine: false, axisLine: false, tick } as const;
const days = { ...axis, dataKey: 'day', tickFormatter: wordDay, minTickGap: 24, tickMargin: 8 };
const box = {
  contentStyle: {
    background: 'var(--raised)',
    border: '1px solid var(--line)',
    borderRadius: 8,
    color: 'var(--ink)',
  },
  cursor: { fill: 'var(--well)', stroke: 'var(--line)' },
  isAnimationActive: false,
} as const;

/** How many trainings ended how, stacked. */
export function OutcomeChart({ series }: { series: MetricsDay[] }) {
  return (
    <ResponsiveContainer>
      <BarChart data={series} accessibilityLayer={false}>
        <CartesianGrid {...grid} />
        <XAxis {...days} />
        <YAxis {...axis} allowDecimals={false} width={36} />
        <Tooltip {...box} labelFormatter={(day) => wordDay(String(day))} />
        <Legend iconType="square" itemSorter={null} />
        <Bar {...stacked('ready', 'Ready', '--good')} />
        <Bar {...stacked('failed', 'Failed', '--bad')} />
        <Bar {...stacked('cancelled', 'Cancelled', '--ink-3')} />
      </BarChart>
    </ResponsiveContainer>
  );
}

function stacked(dataKey: keyof MetricsDay, name: string, colour: string) {
  return {
    dataKey,
    name,
    fill: `var(${colour})`,
    stackId: 'day',
    isAnimationActive: false,
  } as const;
}

/** The median of each day against what was told at the start. */
export function DurationChart({ series }: { series: MetricsDay[] }) {
  const minutes = series.map(({ day, medianMs, estimatedMs }) => ({
    day,
    median: medianMs === null ? null : medianMs / minuteMs,
    estimate: estimatedMs === null ? null : estimatedMs / minuteMs,
  }));
  const line = { isAnimationActive: false, connectNulls: true, strokeWidth: 2 } as const;
  return (
    <ResponsiveContainer>
      <LineChart data={minutes} accessibilityLayer={false}>
        <CartesianGrid {...grid} />
        <XAxis {...days} />
        <YAxis
          {...axis}
          width={64}
          tickFormatter={(value: number) => formatDuration(value * minuteMs)}
        />
        <Tooltip
          {...box}
          labelFormatter={(day) => wordDay(String(day))}
          formatter={(value) => formatDuration(Number(value) * minuteMs)}
        />
        <Legend iconType="plainline" itemSorter={null} />
        <Line {...line} dataKey="median" name="Median time" stroke="var(--accent)" dot={{ r: 3 }} />
        <Line
          {...line}
          dataKey="estimate"
          name="Estimate"
          stroke="var(--ink-3)"
          strokeDasharray="4 4"
          dot={false}
        />
      </LineChart>
    </ResponsiveContainer>
  );
}
