'use client';

import { type ReactNode, useCallback, useRef, useState } from 'react';
import { joinClasses } from '../ui/join-classes';
import { leftAsServed, useAsServed } from '../ui/use-as-served';
import { useHydrated } from '../ui/use-hydrated';
import { PrintCell } from './print-cell';
import type { PrintGridProps, PrintItem } from './print-grid-props';
import { sheetClasses, sheetFrameClasses, sheetHeight } from './print-sheet';
import { useLivePrintGrid } from './use-live-print-grid';

/** So many are in the page before the grid is; the rest of its height is kept free. */
const drawnBeforehand = 60;
/**
 * Pictures far from the view are neither fetched nor drawn: a browser that is told `lazy` alone takes
 * all fifty of a phone's sheet at once, before the page answers to a press.
 */
const drawnInSight = '[&_.aspect-frame]:[content-visibility:auto]';

/**
 * A contact sheet that one walks through with the arrow keys: Space, Enter or a press chooses (or,
 * without a selection, enlarges), Tab goes on to a print's own controls. Up to 60 prints are in the
 * page as a whole, above that only those in sight.
 *
 * The grid's script comes with the first sign that somebody is there. Until then the same prints
 * stand in the same places, as the server drew them, and answer to a press.
 */
export function PrintGrid<T extends PrintItem>(props: PrintGridProps<T>) {
  const { label, items, isLiked, factsOf, onOpen, extra, selection } = props;
  const { Live, load } = useLivePrintGrid();
  const [drawn, setDrawn] = useState(false);
  const onDrawn = useCallback(() => setDrawn(true), []);
  const hadFocus = useRef(false);
  const asServed = useAsServed(items, isLiked, selection?.ids);

  function press(target: EventTarget) {
    const id = target instanceof Element ? target.closest('li')?.dataset.key : undefined;
    const item = items.find((one) => one.id === id);
    if (!item) return;
    if (!selection) return onOpen(item);
    const { ids, max, onChange, onRefused } = selection;
    const wanted = new Set(ids);
    if (!wanted.delete(item.id)) wanted.add(item.id);
    if (wanted.size > Math.max(max, ids.size)) onRefused();
    else onChange(wanted);
  }

  function drawPrint(item: T) {
    const chosen = selection?.ids.has(item.id) ?? false;
    return (
      <li
        key={item.id}
        data-key={item.id}
        className={joinClasses('min-w-0', item.thumbnailUrl && 'cursor-pointer')}
      >
        <span className="sr-only">
          {[`Image ${item.number}`, chosen && 'selected', factsOf?.(item)]
            .filter(Boolean)
            .join(', ')}
        </span>
        <PrintCell
          item={item}
          chosen={chosen}
          choosable={selection !== undefined}
          liked={isLiked(item)}
        >
          {extra?.(item)}
        </PrintCell>
      </li>
    );
  }

  return (
    <div className="grid *:[grid-area:1/1]">
      {Live && (
        <AfterHydration>
          <Live {...props} autoFocus={hadFocus.current} onDrawn={onDrawn} />
        </AfterHydration>
      )}
      {!drawn && (
        <div className={sheetFrameClasses}>
          {/* biome-ignore lint/a11y/useKeyWithClickEvents: a key brings the grid, which hears keys */}
          <ul
            aria-label={label}
            // biome-ignore lint/a11y/noNoninteractiveTabindex: the grid takes this place, and the focus
            tabIndex={0}
            onFocus={() => {
              hadFocus.current = true;
              load();
            }}
            onBlur={() => {
              hadFocus.current = false;
            }}
            onClick={(event) => press(event.target)}
            className={`${sheetClasses} ${drawnInSight} rounded-picture`}
            style={{ minHeight: sheetHeight(items.length) }}
            {...(asServed
              ? { suppressHydrationWarning: true, dangerouslySetInnerHTML: leftAsServed }
              : { children: items.slice(0, drawnBeforehand).map(drawPrint) })}
          />
        </div>
      )}
    </div>
  );
}

/** Of its own, so that the prints around it are not built a second time when it says yes. */
function AfterHydration({ children }: { children: ReactNode }) {
  return useHydrated() && children;
}
