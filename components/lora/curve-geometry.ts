/** Where a measured value lies: how far along (a step) and how high. */
export interface Measured {
  x: number;
  y: number;
}

/** A value on an axis and where it stands, in percent from the axis' start. */
export interface Tick {
  value: number;
  at: number;
}

/** A line ready to be drawn in a box of 100 by 100, y downwards. */
export interface CurveLayout {
  /** As measured. */
  line: string;
  /** The same, calmed: what the eye follows. */
  trend: string;
  yTicks: Tick[];
  xTicks: Tick[];
}

/** Below this there is nothing to tell apart. */
const least = 1e-9;

/**
 * Round values that take `from` and `to` between them, about `count` of them: steps of 1, 2 or 5 and
 * powers of ten.
 */
export function roundTicks(from: number, to: number, count = 3): number[] {
  const span = [to - from, Math.abs(to)].find((length) => length > least) ?? 1;
  const power = 10 ** Math.floor(Math.log10(span / count));
  const step = power * ([1, 2, 5].find((factor) => span / (factor * power) <= count) ?? 10);
  // Counted in whole steps: adding up fractions would drift.
  const first = Math.floor(from / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(to / step - 1e-9));
  return Array.from({ length: last - first + 1 }, (_, index) =>
    Number(((first + index) * step).toPrecision(12)),
  );
}

/** Lays out measured values, in order of x, over an axis from 0 to `xMax`. Null without any. */
export function layCurve(measured: readonly Measured[], xMax: number): CurveLayout | null {
  const ys = measured.map(({ y }) => y);
  if (ys.length === 0) return null;
  const ticks = roundTicks(Math.min(...ys), Math.max(...ys));
  const [bottom = 0, top = 1] = [ticks[0], ticks.at(-1)];
  const height = (y: number) => ((y - bottom) / (top - bottom)) * 100;
  const width = (x: number) => (Math.min(x, xMax) / Math.max(1, xMax)) * 100;
  const path = (points: readonly Measured[]) =>
    points
      .map(
        ({ x, y }, index) =>
          `${index === 0 ? 'M' : 'L'}${fixed(width(x))} ${fixed(100 - height(y))}`,
      )
      .join('');
  return {
    line: path(measured),
    trend: path(calmed(measured)),
    yTicks: ticks.map((value) => ({ value, at: height(value) })),
    xTicks: [0, Math.round(xMax / 2), xMax].map((value) => ({ value, at: width(value) })),
  };
}

/** Each value leans on those before it. */
function calmed(measured: readonly Measured[]): Measured[] {
  const weight = 0.15;
  let sum = 0;
  let weights = 0;
  return measured.map(({ x, y }) => {
    sum = sum * (1 - weight) + y * weight;
    weights = weights * (1 - weight) + weight;
    return { x, y: sum / weights };
  });
}

/** At most `most` of the items, evenly taken, the first and the last among them. */
export function thinned<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items];
  return Array.from(
    { length: most },
    (_, index) => items[Math.round((index * (items.length - 1)) / (most - 1))],
  ).filter((item) => item !== undefined);
}

function fixed(value: number): string {
  return String(Number(value.toFixed(2)));
}
