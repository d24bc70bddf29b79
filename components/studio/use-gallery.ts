'use client';

import { useQuery } from '@tanstack/react-query';
import { type RefObject, useCallback, useEffect, useReducer, useRef, useState } from 'react';
import { paths } from '@/lib/paths';
import type { GalleryItem } from '@/lib/studio/gallery-item';
import type { Gallery, GalleryPage } from '@/lib/studio/list-gallery';
import { allItems, galleryState, openState } from './gallery-state';

const askEveryMs = 1_500;

/**
 * A character's pictures on this page: further ones as they are scrolled to, what becomes of those
 * in the works by asking while there are any, new ones pushed in only where that moves nothing that
 * is being looked at.
 */
export function useGallery(
  characterId: string,
  opened: Gallery,
  sheet: RefObject<HTMLElement | null>,
) {
  const [state, dispatch] = useReducer(galleryState, opened, openState);
  const here = useRef(state);
  here.current = state;
  const [loading, setLoading] = useState<'idle' | 'busy' | 'failed'>('idle');
  const isLoading = useRef(false);

  /** The sheet's first row is not above the window: what is pushed in is seen to come. */
  const atTop = useCallback(() => (sheet.current?.getBoundingClientRect().top ?? 0) > -8, [sheet]);

  const making = allItems(state).filter((item) => item.state === 'making');
  const since = Math.min(...making.map(({ number }) => number));
  const { data, isError } = useQuery({
    queryKey: ['studio-news', characterId],
    enabled: making.length > 0,
    refetchInterval: askEveryMs,
    // A failed question is asked again by the interval.
    retry: false,
    gcTime: 0,
    queryFn: async ({ signal }) => {
      const askedAfter = making.map(({ id }) => id);
      const { items } = await ask(paths.gallery(characterId, { since }), signal);
      return { items, askedAfter };
    },
  });

  useEffect(() => {
    if (data) dispatch({ type: 'news', ...data, push: atTop() });
  }, [data, atTop]);

  const more = useCallback(async () => {
    const { nextBefore } = here.current;
    if (nextBefore === null || isLoading.current) return;
    isLoading.current = true;
    setLoading('busy');
    try {
      const page = await ask(paths.gallery(characterId, { before: nextBefore }));
      dispatch({ type: 'page', ...page });
      setLoading('idle');
    } catch {
      setLoading('failed');
    } finally {
      isLoading.current = false;
    }
  }, [characterId]);

  // One's own wish is shown where it is seen.
  const asked = useCallback(
    (items: readonly GalleryItem[]) => {
      dispatch({ type: 'asked', items });
      bringIntoSight(sheet.current);
    },
    [sheet],
  );

  return {
    state,
    dispatch,
    more,
    loading,
    asked,
    makingCount: making.length,
    /** The pictures in the works cannot be asked after right now. */
    isOutOfTouch: isError && making.length > 0,
  };
}

/** Scrolls to where the sheet begins unless its first row is in the window. */
function bringIntoSight(sheet: HTMLElement | null): void {
  if (!sheet) return;
  const { top } = sheet.getBoundingClientRect();
  if (top > 0 && top < innerHeight - 160) return;
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  sheet.scrollIntoView({ block: 'start', behavior: still ? 'instant' : 'smooth' });
}

async function ask(address: string, signal?: AbortSignal): Promise<GalleryPage> {
  const response = await fetch(address, { signal, cache: 'no-store' });
  if (!response.ok) throw new Error(`Status ${response.status}`);
  return response.json();
}
