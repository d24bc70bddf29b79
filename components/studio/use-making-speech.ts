'use client';

import { useEffect, useRef, useState } from 'react';
import { formatCount, formatList } from '@/lib/format';
import type { GalleryItem } from '@/lib/studio/gallery-item';

/** What is said of pictures in the works: that there are some, and what became of them. */
export function useMakingSpeech(items: readonly GalleryItem[]): string {
  const [speech, setSpeech] = useState('');
  const before = useRef(new Map<string, GalleryItem['state']>());

  useEffect(() => {
    const was = before.current;
    before.current = new Map(items.map(({ id, state }) => [id, state]));
    const turned = (state: GalleryItem['state']) =>
      items.filter((item) => was.get(item.id) === 'making' && item.state === state);
    const begun = items.filter(({ id, state }) => state === 'making' && was.get(id) !== 'making');
    const said = [
      begun.length > 0 && `Making ${formatCount(begun.length, 'picture')}.`,
      turned('ready').length > 0 && `${named(turned('ready'))} ready.`,
      turned('failed').length > 0 && `${named(turned('failed'))} could not be made.`,
    ].filter(Boolean);
    if (said.length > 0) setSpeech(said.join(' '));
  }, [items]);

  return speech;
}

function named(items: readonly GalleryItem[]): string {
  return formatList(items.map(({ number }) => `Image ${number}`));
}
