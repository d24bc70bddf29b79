import { formatDecimal, formatNumber } from '@/lib/format';
import { joinClasses } from '../ui/join-classes';
import { layCurve, type Measured } from './curve-geometry';

interface CurveChartProps {
  title: string;
  /** What the figures are: " s" for seconds, nothing for a plain number. */
  unit?: string;
  measured: readonly Measured[];
  steps: number;
  className?: string;
}

/**
 * A measure over the steps of a training: thin as measured, strong the trend. It says in words what
 * it shows; the figures themselves stand in a table beside it.
 */
export function CurveChart({ title, unit = '', measured, steps, className }: CurveChartProps) {
  const curve = layCurve(measured, steps);
  const [first, last] = [measured[0], measured.at(-1)];
  const digits = digitsFor(Math.max(0, ...measured.map(({ y }) => y)));
  const figure = (value: number) => `${formatDecimal(value, digits)}${unit}`;
  return (
    <figure className={joinClasses('flex min-w-0 flex-col gap-2', className)}>
      <figcaption className="flex items-baseline justify-between gap-3 text-small">
        <span className="font-medium text-ink">{title}</span>
        {last && <span className="text-ink-2 tabular-nums">{figure(last.y)}</span>}
      </figcaption>
      <div
        role="img"
        aria-label={
          first && last
            ? `${title}: ${figure(first.y)} at step ${formatNumber(first.x)}, ${figure(last.y)} at step ${formatNumber(last.x)}`
            : `${title}: nothing measured yet`
        }
        className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-2 text-frame text-ink-3 tabular-nums"
      >
        <div className="relative h-24 w-10">
          {curve?.yTicks.map(({ value, at }) => (
            <span
              key={value}
              className="absolute right-0 translate-y-1/2 leading-none"
              style={{ bottom: `${at}%` }}
            >
              {formatDecimal(value, digits)}
            </span>
          ))}
        </div>
        <svg
          aria-hidden="true"
          viewBox="0 0 100 100"
          preserveAspectRatio="none"
          className="h-24 w-full overflow-visible"
          fill="none"
        >
          {(curve?.yTicks ?? [{ value: 0, at: 0 }]).map(({ value, at }) => (
            <path
              key={value}
              d={`M0 ${100 - at}H100`}
              vectorEffect="non-scaling-stroke"
              className="stroke-line"
            />
          ))}
          {curve && (
            <>
              <path
                d={curve.line}
                vectorEffect="non-scaling-stroke"
                className="stroke-control opacity-60"
              />
              <path
                d={curve.trend}
                vectorEffect="non-scaling-stroke"
                strokeWidth="2"
                strokeLinecap="round"
                strokeLinejoin="round"
                className="stroke-accent forced-colors:stroke-[Highlight]"
              />
            </>
          )}
        </svg>
        <span />
        <div className="mt-1.5 grid">
          {curve ? (
            curve.xTicks.map(({ value, at }) => (
              // The first and the last stay inside the edges.
              <span
                key={value}
                className="relative justify-self-start [grid-area:1/1]"
                style={{ left: `${at}%`, transform: `translateX(-${at}%)` }}
              >
                {formatNumber(value)}
              </span>
            ))
          ) : (
            <span>Nothing measured yet</span>
          )}
        </div>
      </div>
    </figure>
  );
}

/** Enough digits that neighbours on the axis differ. */
export function digitsFor(highest: number): number {
  if (highest >= 100) return 0;
  if (highest >= 10) return 1;
  return highest >= 0.1 || highest === 0 ? 2 : 4;
}
