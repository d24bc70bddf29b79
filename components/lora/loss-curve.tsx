import { ChevronRight } from 'lucide-react';
import { formatDecimal, formatNumber } from '@/lib/format';
import type { CurvePoint } from '@/lib/lora/rules/training-points';
import { CurveChart, digitsFor } from './curve-chart';
import { thinned } from './curve-geometry';

interface LossCurveProps {
  points: readonly CurvePoint[];
  totalSteps: number;
}

const mostLines = 20;

/** Loss and pace of a run over its steps, as curves and as a table. */
export function LossCurve({ points, totalSteps }: LossCurveProps) {
  const loss = points.flatMap(({ step, loss: y }) => (y === null ? [] : { x: step, y }));
  const pace = points.flatMap(({ step, secondsPerStep: y }) => (y === null ? [] : { x: step, y }));
  const paceDigits = digitsFor(Math.max(0, ...pace.map(({ y }) => y)));
  return (
    <div className="flex flex-col gap-2">
      <div className="grid gap-x-8 gap-y-4 sm:grid-cols-2">
        <CurveChart title="Loss" measured={loss} steps={totalSteps} />
        <CurveChart title="Seconds a step" measured={pace} steps={totalSteps} />
      </div>
      <details className="group text-small text-ink-2">
        <summary className="-ml-1 inline-flex min-h-target list-none items-center gap-1 rounded-control px-1 hover:text-ink [&::-webkit-details-marker]:hidden">
          <ChevronRight
            aria-hidden="true"
            className="size-4 transition-transform duration-base group-open:rotate-90 motion-reduce:transition-none"
          />
          What this says, and the figures
        </summary>
        <p className="max-w-measure py-1">
          Loss is how far the model still is from your images. It falls quickly at first and then
          wavers; a line that goes level is normal.
        </p>
        {points.length > 0 && (
          <table className="mt-1 text-left tabular-nums">
            <caption className="sr-only">Loss and pace by step</caption>
            <thead className="text-ink-3">
              <tr>
                {['Step', 'Loss', 'Seconds a step'].map((head) => (
                  <th key={head} scope="col" className="pr-6 font-normal">
                    {head}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {thinned(points, mostLines).map(({ step, loss: value, secondsPerStep }) => (
                <tr key={step}>
                  <th scope="row" className="pr-6 font-normal">
                    {formatNumber(step)}
                  </th>
                  <td className="pr-6">{value === null ? '–' : formatDecimal(value, 3)}</td>
                  <td>
                    {secondsPerStep === null ? '–' : formatDecimal(secondsPerStep, paceDigits)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </details>
    </div>
  );
}
