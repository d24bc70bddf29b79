'use client';

import { Maximize2 } from 'lucide-react';
import {
  createContext,
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
  useContext,
  useDeferredValue,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import {
  GridList,
  GridListItem,
  type GridListItemRenderProps,
  type Key,
  type Selection,
  Text,
} from 'react-aria-components/GridList';
import { Virtualizer } from 'react-aria-components/Virtualizer';
import { IconButton } from '../ui/icon-button';
import { chooseAll, limitChosen } from './choose-prints';
import { HeartButton } from './heart-button';
import { enlargePlace, heartPlace, PrintCell } from './print-cell';
import type { PrintGridProps, PrintItem, PrintSelection } from './print-grid-props';
import { frameLineRem, printSize, sheetClasses, sheetFrameClasses, sheetGaps } from './print-sheet';
import { PrintSheetLayout } from './print-sheet-layout';
import { createRangeHint, type RangeHint } from './range-hint';
import { useLongPress } from './use-long-press';

/** Up to so many are in the page as a whole. */
const wholeUpTo = 60;

/**
 * In a window each print has its place: a style that asked for the width would lay all of them out
 * twice. And what is scrolled hears the pointer as ever, or each beginning and end of a scroll would
 * style every print anew.
 */
const windowClasses = 'contain-inline-size [&_[role=presentation]]:!pointer-events-auto';

/** What a print needs of its sheet; prints themselves are built once for each picture. */
interface Sheet {
  isLiked: (item: PrintItem) => boolean;
  factsOf: (item: PrintItem) => string;
  onLike: (item: PrintItem) => void;
  onOpen: (item: PrintItem) => void;
  troubleOf: (item: PrintItem) => string | null;
  extra: (item: PrintItem) => ReactNode;
  /** Null where nothing is chosen. */
  fullReason: string | null;
  hint: RangeHint;
  onDrawn: () => void;
}

const SheetContext = createContext<Sheet | null>(null);

/** The working grid behind `PrintGrid`, which loads it. */
export function LivePrintGrid<T extends PrintItem>({
  label,
  items,
  isLiked,
  factsOf,
  onLike,
  onOpen,
  troubleOf,
  extra,
  selection,
  autoFocus,
  onDrawn,
  ref,
}: PrintGridProps<T> & {
  autoFocus: boolean;
  /** The first prints stand in their places. */
  onDrawn: () => void;
}) {
  const frame = useRef<HTMLDivElement>(null);
  const [layout] = useState(() => new PrintSheetLayout());
  const [hint] = useState(createRangeHint);
  // Once in a window, always: a filter that leaves few does not build the sheet anew.
  const [windowed, setWindowed] = useState(items.length > wholeUpTo);
  if (!windowed && items.length > wholeUpTo) setWindowed(true);

  const byId = useMemo(() => new Map<Key, T>(items.map((item) => [item.id, item])), [items]);
  const order = useMemo(() => items.map(({ id }) => id), [items]);
  const longPress = useLongPress((id) => {
    const item = byId.get(id);
    if (item) onOpen(item);
  });
  const { selectedKeys, change } = useSelectedKeys(selection, order, hint, longPress.happened);
  useShiftKey(hint);

  const full = selection !== undefined && selection.ids.size >= selection.max;
  const fullReason = full ? selection.fullReason : null;
  const sheet = useMemo(() => {
    // What comes back from a print is the item it was given.
    const own = (item: PrintItem) => byId.get(item.id) ?? (item as T);
    return {
      isLiked: (item: PrintItem) => isLiked(own(item)),
      factsOf: (item: PrintItem) => factsOf?.(own(item)) ?? '',
      onLike: (item: PrintItem) => onLike(own(item)),
      onOpen: (item: PrintItem) => onOpen(own(item)),
      troubleOf: (item: PrintItem) => troubleOf?.(own(item)) ?? null,
      extra: (item: PrintItem) => extra?.(own(item)),
      fullReason,
      hint,
      onDrawn,
    };
  }, [byId, isLiked, factsOf, onLike, onOpen, troubleOf, extra, fullReason, hint, onDrawn]);

  function focus(id: string, framesLeft = 60) {
    const row = () => frame.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(id)}"]`);
    const here = row();
    if (here) return here.focus();
    // Far from what is in the page: go there first.
    const place = layout.getLayoutInfo(id)?.rect;
    if (!frame.current) return;
    if (!place) {
      // It has just come, or come back, and a busy browser draws it some frames later.
      if (framesLeft > 0) requestAnimationFrame(() => focus(id, framesLeft - 1));
      return;
    }
    const top = frame.current.getBoundingClientRect().top + scrollY + place.y;
    scrollTo({ top: top - (innerHeight - place.height) / 2 });
    requestAnimationFrame(() => requestAnimationFrame(() => row()?.focus()));
  }
  useImperativeHandle(ref, () => ({ focus: (id) => focus(id) }));

  // The grid takes itself for what scrolls, but the page does: a page of it is our matter.
  function turnPage(event: KeyboardEvent<HTMLElement>) {
    const id = ownRow(event);
    if (!id || !event.key.startsWith('Page')) return;
    event.preventDefault();
    event.stopPropagation();
    const { clientWidth } = event.currentTarget;
    const { columns, height } = printSize(clientWidth, frameLineRem * 16);
    const rows = Math.max(1, Math.floor(innerHeight / (height + sheetGaps.rowPx)) - 1);
    const by = rows * columns * (event.key === 'PageDown' ? 1 : -1);
    const at = order.indexOf(id) + by;
    const next = order[Math.min(order.length - 1, Math.max(0, at))];
    if (next) focus(next);
  }

  const grid = (
    <GridList
      aria-label={label}
      layout="grid"
      items={items as readonly PrintItem[] as PrintItem[]}
      selectionMode={selection ? 'multiple' : 'none'}
      selectionBehavior="toggle"
      escapeKeyBehavior="none"
      disallowTypeAhead
      selectedKeys={selectedKeys}
      onSelectionChange={change}
      onAction={
        selection
          ? undefined
          : (key) => {
              const item = byId.get(key);
              if (item?.thumbnailUrl && !longPress.happened()) onOpen(item);
            }
      }
      autoFocus={autoFocus}
      className={windowed ? 'relative outline-none' : `${sheetClasses} outline-none`}
    >
      {renderPrint}
    </GridList>
  );

  return (
    <SheetContext value={sheet}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: it listens in on the grid inside it */}
      <div
        ref={frame}
        // Never as wide as what it holds: a window that gets narrower is followed.
        className={windowed ? windowClasses : sheetFrameClasses}
        {...longPress.handlers}
        onKeyDownCapture={turnPage}
        onKeyDown={(event) => {
          // These go from print to print; the page must not scroll by them as well.
          if (ownRow(event) && /^(Arrow|Home$|End$)/.test(event.key)) event.preventDefault();
        }}
        onFocus={({ target }) => {
          if (target.matches('[role=row]:focus-visible'))
            target.scrollIntoView({ block: 'nearest' });
        }}
        onPointerOverCapture={(event) => hint.over(printUnder(event))}
        onPointerLeave={() => hint.over(null)}
      >
        {windowed ? <Virtualizer layout={layout}>{grid}</Virtualizer> : grid}
      </div>
    </SheetContext>
  );
}

/** Always the same function, so that a change of state builds no print anew. */
function renderPrint(item: PrintItem) {
  return (
    <GridListItem
      id={item.id}
      textValue={`Image ${item.number}`}
      className="group/row relative block min-w-0 focus-visible:z-[1] touch-manipulation rounded-picture outline-offset-2 select-none [-webkit-touch-callout:none] data-selected:outline-offset-[5px]"
    >
      {(state) => <LivePrint item={item} {...state} />}
    </GridListItem>
  );
}

function LivePrint({
  item,
  isSelected,
  selectionMode,
  state: { selectionManager },
}: GridListItemRenderProps & { item: PrintItem }) {
  const sheet = useContext(SheetContext);
  if (!sheet) throw new Error('A print stands in a sheet.');
  const { hint, fullReason, onDrawn } = sheet;
  useLayoutEffect(onDrawn, [onDrawn]);
  const hinted = useSyncExternalStore(
    hint.subscribe,
    () => hint.has(item.id),
    () => false,
  );
  // Scrolling draws the print first; what makes it work follows when there is a moment.
  const working = useDeferredValue(item.id, '') === item.id;
  const trouble = sheet.troubleOf(item);
  const choosable = selectionMode !== 'none';
  return (
    <>
      <PrintCell
        key={item.id}
        item={item}
        chosen={isSelected}
        choosable={choosable}
        liked={sheet.isLiked(item)}
        hinted={hinted}
        controls={
          working && item.thumbnailUrl ? (
            <>
              {choosable && (
                <input
                  type="checkbox"
                  aria-label={`Select image ${item.number}`}
                  checked={isSelected}
                  // The print around it is pressed by whatever bubbles.
                  onClick={(event) => event.stopPropagation()}
                  onChange={({ nativeEvent }) => {
                    const extend = 'shiftKey' in nativeEvent && nativeEvent.shiftKey === true;
                    if (extend) selectionManager.extendSelection(item.id);
                    else selectionManager.toggleSelection(item.id);
                  }}
                  className="absolute top-0.5 left-0.5 m-0 size-target cursor-pointer appearance-none rounded-control"
                />
              )}
              <HeartButton
                number={item.number}
                liked={sheet.isLiked(item)}
                onToggle={() => sheet.onLike(item)}
                className={`!absolute ${heartPlace}`}
              />
              <IconButton
                label={`Enlarge image ${item.number}`}
                variant="plate"
                onClick={(event) => {
                  event.stopPropagation();
                  sheet.onOpen(item);
                }}
                className={`!absolute ${enlargePlace} transition-opacity duration-quick in-data-failed:hidden focus-visible:opacity-100 pointer-fine:opacity-0 pointer-fine:group-focus-within/row:opacity-100 pointer-fine:group-hover/row:opacity-100 [&>*]:pointer-events-none`}
              >
                <Maximize2 aria-hidden="true" />
              </IconButton>
            </>
          ) : undefined
        }
      >
        {sheet.extra(item)}
        {trouble && (
          <span className="pointer-events-none absolute bottom-0.5 left-0.5 max-w-[calc(100%-var(--target)-8px)] rounded-control bg-plate px-1.5 py-1 text-frame text-on-plate">
            {trouble}
          </span>
        )}
      </PrintCell>
      <Text slot="description" className="sr-only">
        {[sheet.factsOf(item), !isSelected && fullReason].filter(Boolean).join(', ')}
      </Text>
    </>
  );
}

/**
 * What the grid takes for chosen. It remembers where a range began in the set it hands out, so the
 * same set goes back as long as it is what is chosen and its beginning is still shown.
 */
function useSelectedKeys(
  selection: PrintSelection | undefined,
  order: readonly string[],
  hint: RangeHint,
  ignored: () => boolean,
) {
  const handedOut = useRef<KeysWithAnchor | null>(null);
  const ids = selection?.ids;

  const selectedKeys = useMemo(() => {
    const keys = handedOut.current;
    const anchor = keys?.anchorKey;
    const same = keys && ids && keys.size === ids.size && [...ids].every((id) => keys.has(id));
    return same && order.some((id) => id === anchor) ? keys : new Set<Key>(ids);
  }, [ids, order]);

  useEffect(() => {
    const anchor = (selectedKeys as KeysWithAnchor).anchorKey;
    hint.begin(anchor == null ? null : String(anchor), order);
  }, [hint, selectedKeys, order]);

  function change(keys: Selection) {
    if (!selection || ignored()) return;
    const { max, onChange, onRefused } = selection;
    if (keys === 'all') return onChange(chooseAll(selection.ids, order, max));
    const wanted = new Set([...keys].map(String));
    const anchor = (keys as KeysWithAnchor).anchorKey;
    const { chosen, refused } = limitChosen(
      selection.ids,
      wanted,
      order,
      anchor == null ? null : String(anchor),
      max,
    );
    for (const id of refused) keys.delete(id);
    handedOut.current = keys;
    if (refused.length > 0) onRefused();
    if (refused.length < wanted.size - selection.ids.size || wanted.size <= selection.ids.size) {
      onChange(chosen);
    }
  }

  return { selectedKeys, change };
}

type KeysWithAnchor = Set<Key> & { anchorKey?: Key | null };

/** Tells the hint whether Shift is held. */
function useShiftKey(hint: RangeHint) {
  useEffect(() => {
    const follow = (event: globalThis.KeyboardEvent) => {
      if (event.key === 'Shift') hint.extend(event.type === 'keydown');
    };
    const leave = () => hint.extend(false);
    addEventListener('keydown', follow);
    addEventListener('keyup', follow);
    addEventListener('blur', leave);
    return () => {
      removeEventListener('keydown', follow);
      removeEventListener('keyup', follow);
      removeEventListener('blur', leave);
    };
  }, [hint]);
}

/** The id of the print that has the focus itself, not one of its controls. */
function ownRow({ target }: KeyboardEvent): string | undefined {
  return target instanceof HTMLElement && target.role === 'row' ? target.dataset.key : undefined;
}

/** The id of the print under the pointer. */
function printUnder({ target }: PointerEvent): string | null {
  const row = target instanceof Element ? target.closest<HTMLElement>('[data-key]') : null;
  return row?.dataset.key ?? null;
}
