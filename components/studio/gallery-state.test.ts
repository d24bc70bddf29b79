import { describe, expect, it } from 'vitest';
import type { GalleryItem } from '../../lib/studio/gallery-item.ts';
import { allItems, galleryState, openState } from './gallery-state.ts';

function item(number: number, change: Partial<GalleryItem> = {}): GalleryItem {
  return {
    id: `id-${number}`,
    number,
    state: 'ready',
    liked: false,
    inProfileSet: false,
    source: 'generated',
    caption: null,
    prompt: 'on a pier',
    width: 1_024,
    height: 1_280,
    model: null,
    withLora: false,
    sandbox: true,
    failure: null,
    createdAt: '2026-03-12T12:00:00.000Z',
    ...change,
  };
}

const making = (number: number) => item(number, { state: 'making', width: null, height: null });
const numbers = (items: readonly GalleryItem[]) => items.map(({ number }) => number);
const three = openState({ items: [item(3), item(2), item(1)], nextBefore: null, imageCount: 3 });

describe('new pictures', () => {
  it('stand first at once where they push nothing away', () => {
    const state = galleryState(three, { type: 'asked', items: [making(5), making(4)] });
    expect(numbers(state.items)).toEqual([5, 4, 3, 2, 1]);
    expect(state.imageCount).toBe(3);
  });

  it('wait otherwise, until they are wanted', () => {
    const waiting = galleryState(three, {
      type: 'news',
      items: [making(4)],
      askedAfter: [],
      push: false,
    });
    expect(numbers(waiting.items)).toEqual([3, 2, 1]);
    expect(numbers(allItems(waiting))).toEqual([4, 3, 2, 1]);
    const done = galleryState(waiting, {
      type: 'news',
      items: [item(4)],
      askedAfter: ['id-4'],
      push: false,
    });
    expect([done.imageCount, done.items, numbers(done.waiting)]).toEqual([4, three.items, [4]]);
    expect(numbers(galleryState(done, { type: 'show' }).items)).toEqual([4, 3, 2, 1]);
  });

  it('come once, however often they are told of', () => {
    const news = { type: 'news', items: [item(4)], askedAfter: [], push: true } as const;
    const state = galleryState(galleryState(three, news), news);
    expect([numbers(state.items), state.imageCount]).toEqual([[4, 3, 2, 1], 4]);
  });
});

describe('news', () => {
  const asked = galleryState(three, { type: 'asked', items: [making(4)] });
  const news = (items: GalleryItem[], askedAfter = ['id-4']) =>
    galleryState(asked, { type: 'news', items, askedAfter, push: true });

  it('turns a picture in the works into what became of it, in its place', () => {
    const state = news([item(4)]);
    expect([numbers(state.items), state.imageCount]).toEqual([[4, 3, 2, 1], 4]);
    expect(state.items[0]?.state).toBe('ready');
  });

  it('leaves what has not changed the same object', () => {
    const state = news([making(4), item(3)]);
    expect(state.items[0]).toBe(asked.items[0]);
    expect(state.items[1]).toBe(asked.items[1]);
  });

  it('takes away what was expected and is gone, and only that', () => {
    expect(numbers(news([]).items)).toEqual([3, 2, 1]);
    expect(numbers(news([], []).items)).toEqual([4, 3, 2, 1]);
  });

  it('says nothing when it is older than what is known', () => {
    const again = { ...making(4), createdAt: '2026-03-12T12:00:05.000Z' };
    const retried = galleryState(asked, { type: 'changed', item: again });
    const failed = item(4, { state: 'failed' });
    const state = galleryState(retried, {
      type: 'news',
      items: [failed],
      askedAfter: ['id-4'],
      push: true,
    });
    expect(state.items[0]).toBe(again);
  });
});

describe('a deleted picture', () => {
  const gone = galleryState(three, { type: 'removed', id: 'id-2' });

  it('leaves, and no older news or page brings it back', () => {
    expect([numbers(gone.items), gone.imageCount]).toEqual([[3, 1], 2]);
    const told = { items: [item(2)], nextBefore: null, askedAfter: [], push: true };
    for (const type of ['news', 'page'] as const) {
      expect(numbers(galleryState(gone, { type, ...told }).items)).toEqual([3, 1]);
    }
  });

  it('comes back to its place, once', () => {
    const back = galleryState(gone, { type: 'restored', item: item(2) });
    expect([numbers(back.items), back.imageCount]).toEqual([[3, 2, 1], 3]);
    expect(galleryState(back, { type: 'restored', item: item(2) })).toBe(back);
  });

  it('was not counted when it had never been made', () => {
    const failed = openState({
      items: [item(1, { state: 'failed' })],
      nextBefore: null,
      imageCount: 0,
    });
    expect(galleryState(failed, { type: 'removed', id: 'id-1' }).imageCount).toBe(0);
  });
});

it('adds a page below, without those that are here already', () => {
  const first = openState({ items: [item(3), item(2)], nextBefore: 2, imageCount: 3 });
  const all = galleryState(first, { type: 'page', items: [item(2), item(1)], nextBefore: null });
  expect([numbers(all.items), all.nextBefore]).toEqual([[3, 2, 1], null]);
});
