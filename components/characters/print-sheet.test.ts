import { describe, expect, it } from 'vitest';
import { printSize, sheetClasses, sheetColumns } from './print-sheet';

describe('a sheet of prints', () => {
  it.each([
    ['a panel at 390 px', 326, 3],
    ['a page at 390 px', 358, 3],
    ['a panel at 820 px', 724, 5],
    ['a page at 820 px', 772, 5],
    ['a panel at 1,440 px', 912, 8],
    ['a page at 1,440 px', 1_376, 8],
    ['the widest gallery', 1_600, 9],
    ['a sliver', 0, 2],
  ])('in %s', (_, widthPx, columns) => {
    expect(sheetColumns(widthPx)).toBe(columns);
  });

  it('leaves 8 px between tick and heart of 44 px each in the narrowest print of a phone', () => {
    expect(printSize(326, 20).width).toBeGreaterThanOrEqual(44 + 8 + 44);
  });

  it('fills its width with prints of 4 : 5 and their line', () => {
    const { columns, width, height } = printSize(724, 20);
    expect(columns * width + (columns - 1) * 8).toBe(724);
    expect(height).toBe(width * 1.25 + 20);
  });

  it('says the same to the style sheet', () => {
    const steps = [...sheetClasses.matchAll(/(?:@min-\[(\d+)px\]:)?\[--columns:(\d)\]/g)];
    expect(steps.length).toBeGreaterThan(7);
    for (const [, from = '0', columns] of steps) {
      expect(sheetColumns(Number(from))).toBe(Number(columns));
      if (from !== '0') expect(sheetColumns(Number(from) - 1)).toBe(Number(columns) - 1);
    }
  });
});
