import type { Key } from 'react-aria-components/GridList';
import { Layout, LayoutInfo, Rect, Size } from 'react-aria-components/Virtualizer';
import { frameLineRem, printSize, sheetGaps } from './print-sheet';

/**
 * Where each print of a windowed sheet lies, so that only those in sight are in the page. Its
 * figures are the style sheet's; nothing is measured.
 */
export class PrintSheetLayout extends Layout {
  private prints: LayoutInfo[] = [];
  private byKey = new Map<Key, LayoutInfo>();
  private columns = 1;
  private rowHeight = 1;
  private content = new Size();

  override shouldInvalidate(next: Rect, before: Rect): boolean {
    return next.width !== before.width;
  }

  override update(): void {
    if (!this.virtualizer) return;
    const { collection, size } = this.virtualizer;
    const rootPx = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    const print = printSize(size.width, frameLineRem * rootPx);
    this.columns = print.columns;
    this.rowHeight = print.height + sheetGaps.rowPx;
    // In the order of the sheet: the keys alone come in the order in which they were first seen.
    this.prints = [...collection].map(({ key }, at) => {
      const x = (at % print.columns) * (print.width + sheetGaps.columnPx);
      const y = Math.floor(at / print.columns) * this.rowHeight;
      const info = new LayoutInfo('item', key, new Rect(x, y, print.width, print.height));
      // The ring of a chosen print lies outside it.
      info.allowOverflow = true;
      return info;
    });
    this.byKey = new Map(this.prints.map((info) => [info.key, info]));
    const rows = Math.ceil(this.prints.length / print.columns);
    const height = Math.max(0, rows * this.rowHeight - sheetGaps.rowPx);
    this.content = new Size(size.width, height);
  }

  override getLayoutInfo(key: Key): LayoutInfo | null {
    return this.byKey.get(key) ?? null;
  }

  override getContentSize(): Size {
    return this.content;
  }

  override getVisibleLayoutInfos(rect: Rect): LayoutInfo[] {
    const first = Math.max(0, Math.floor(rect.y / this.rowHeight)) * this.columns;
    const last = Math.max(0, Math.ceil(rect.maxY / this.rowHeight)) * this.columns;
    const inSight = this.prints.slice(first, last);
    // What has the focus stays in the page wherever it was scrolled to.
    const kept = [...(this.virtualizer?.persistedKeys ?? [])].flatMap(
      (key) => this.byKey.get(key) ?? [],
    );
    const before = kept.filter((info) => this.prints.indexOf(info) < first);
    const after = kept.filter((info) => this.prints.indexOf(info) >= last);
    return [...before, ...inSight, ...after];
  }
}
