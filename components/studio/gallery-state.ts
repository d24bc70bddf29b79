import type { GalleryItem } from '@/lib/studio/gallery-item';

/** What the studio knows of a character's pictures; everything is newest first. */
export interface GalleryState {
  items: readonly GalleryItem[];
  /** Newer ones that wait until they push nothing away under the reader's eyes. */
  waiting: readonly GalleryItem[];
  /** Where the next page begins; null when all are here. */
  nextBefore: number | null;
  /** Ready images of the character, loaded or not. */
  imageCount: number;
  /** Deleted here: older news must not bring them back. */
  removedIds: ReadonlySet<string>;
}

export type GalleryEvent =
  | { type: 'page'; items: readonly GalleryItem[]; nextBefore: number | null }
  /** What the server says of everything from some number on; `askedAfter` were in the works then. */
  | { type: 'news'; items: readonly GalleryItem[]; askedAfter: readonly string[]; push: boolean }
  /** Pictures that were just asked for. */
  | { type: 'asked'; items: readonly GalleryItem[] }
  | { type: 'show' }
  | { type: 'changed'; item: GalleryItem }
  | { type: 'removed'; id: string }
  | { type: 'restored'; item: GalleryItem };

export function openState(gallery: {
  items: readonly GalleryItem[];
  nextBefore: number | null;
  imageCount: number;
}): GalleryState {
  const { items, nextBefore, imageCount } = gallery;
  return { items, nextBefore, imageCount, waiting: [], removedIds: new Set() };
}

export function galleryState(state: GalleryState, event: GalleryEvent): GalleryState {
  switch (event.type) {
    case 'page': {
      const known = new Set(state.items.map(({ id }) => id));
      const further = event.items.filter(({ id }) => !known.has(id) && !state.removedIds.has(id));
      return { ...state, items: [...state.items, ...further], nextBefore: event.nextBefore };
    }
    case 'news':
      return takeNews(state, event);
    case 'asked':
      return takeNews(state, { ...event, askedAfter: [], push: true });
    case 'show':
      return { ...state, items: [...state.waiting, ...state.items], waiting: [] };
    case 'changed':
      return { ...state, ...replaced(state, new Map([[event.item.id, event.item]])) };
    case 'removed':
      return {
        ...state,
        items: state.items.filter(({ id }) => id !== event.id),
        imageCount: state.imageCount - (isReady(find(state, event.id)) ? 1 : 0),
        removedIds: new Set(state.removedIds).add(event.id),
      };
    case 'restored': {
      const removedIds = new Set(state.removedIds);
      if (!removedIds.delete(event.item.id)) return state;
      const items = [...state.items, event.item].sort((one, other) => other.number - one.number);
      return { ...state, items, removedIds, imageCount: state.imageCount + 1 };
    }
  }
}

/** Everything that is here, seen or waiting. */
export function allItems({ waiting, items }: GalleryState): readonly GalleryItem[] {
  return waiting.length > 0 ? [...waiting, ...items] : items;
}

function takeNews(
  state: GalleryState,
  {
    items,
    askedAfter,
    push,
  }: Pick<Extract<GalleryEvent, { type: 'news' }>, 'items' | 'askedAfter' | 'push'>,
): GalleryState {
  const told = new Map(
    items.filter(({ id }) => !state.removedIds.has(id)).map((item) => [item.id, item]),
  );
  const known = new Set(allItems(state).map(({ id }) => id));
  const { items: shown, waiting, imageCount } = replaced(state, told, new Set(askedAfter));
  const fresh = [...told.values()].filter(({ id }) => !known.has(id));
  const arrived = fresh.filter(isReady).length;
  const newest = [...fresh, ...waiting].sort((one, other) => other.number - one.number);
  return {
    ...state,
    items: push ? [...newest, ...shown] : shown,
    waiting: push ? [] : newest,
    imageCount: imageCount + arrived,
  };
}

/**
 * What is here with what is told of it. News older than what is known (a picture that was put back
 * into the works since) says nothing; what was `expected` and is not told of is gone.
 */
function replaced(
  state: GalleryState,
  told: ReadonlyMap<string, GalleryItem>,
  expected: ReadonlySet<string> = new Set(),
): Pick<GalleryState, 'items' | 'waiting' | 'imageCount'> {
  let imageCount = state.imageCount;
  const renew = (items: readonly GalleryItem[]) =>
    items.flatMap((item) => {
      const now = told.get(item.id);
      if (!now) return expected.has(item.id) ? [] : [item];
      if (now.createdAt < item.createdAt || isSame(now, item)) return [item];
      if (isReady(now) && !isReady(item)) imageCount += 1;
      return [now];
    });
  return { items: renew(state.items), waiting: renew(state.waiting), imageCount };
}

function find(state: GalleryState, id: string): GalleryItem | undefined {
  return allItems(state).find((item) => item.id === id);
}

const isReady = (item: GalleryItem | undefined) => item?.state === 'ready';

/** An item that has not changed stays the same object, so that its print is not built anew. */
function isSame(one: GalleryItem, other: GalleryItem): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
