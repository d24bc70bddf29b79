/**
 * The geometry of a contact sheet of prints, in px of the sheet's own width: 3 pictures across on a
 * phone, 5 on a tablet, 8 on a desktop. Style sheet and windowed grid follow the same figures, so one
 * replaces the other without a jump.
 */
export const sheetGaps = { columnPx: 8, rowPx: 12 };

/** Below each picture: 4 px and one line of its number; in rem, for it follows the reader's text size. */
export const frameLineRem = 1.25;

/** From each width on, so many pictures across. */
const columnSteps = [
  { fromPx: 0, columns: 2 },
  { fromPx: 270, columns: 3 },
  { fromPx: 480, columns: 4 },
  { fromPx: 640, columns: 5 },
  { fromPx: 790, columns: 6 },
  { fromPx: 840, columns: 7 },
  { fromPx: 890, columns: 8 },
  { fromPx: 1_520, columns: 9 },
];

export function sheetColumns(widthPx: number): number {
  return columnSteps.findLast(({ fromPx }) => widthPx >= fromPx)?.columns ?? 1;
}

/** One print in a sheet of that width: a picture of 4 : 5 and its line. */
export function printSize(widthPx: number, frameLinePx: number) {
  const columns = sheetColumns(widthPx);
  const width = (widthPx - (columns - 1) * sheetGaps.columnPx) / columns;
  return { columns, width, height: (width * 5) / 4 + frameLinePx };
}

/** Goes around a sheet: its width decides. */
export const sheetFrameClasses = '@container';

/** The same geometry for the style sheet. */
export const sheetClasses =
  'grid grid-cols-[repeat(var(--columns),minmax(0,1fr))] content-start gap-x-[8px] gap-y-[12px] [--columns:2] @min-[270px]:[--columns:3] @min-[480px]:[--columns:4] @min-[640px]:[--columns:5] @min-[790px]:[--columns:6] @min-[840px]:[--columns:7] @min-[890px]:[--columns:8] @min-[1520px]:[--columns:9]';

/** How high a sheet of so many prints is, however few of them are rendered yet. */
export function sheetHeight(count: number): string {
  const { columnPx, rowPx } = sheetGaps;
  const print = `(100cqw - (var(--columns) - 1) * ${columnPx}px) / var(--columns) * 1.25 + ${frameLineRem}rem`;
  return `calc(round(up, ${count} / var(--columns), 1) * (${print} + ${rowPx}px) - ${rowPx}px)`;
}
