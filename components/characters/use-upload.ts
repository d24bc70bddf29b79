'use client';

import { useEffect, useMemo, useRef, useState } from 'react';
import type { ImageView } from '@/lib/characters/image-view';
import { useUploads } from './uploads-provider';
import { useUploadList } from './use-upload-list';

/** A character's uploads, for the page that lists them. */
export function useUpload(characterId: string, onReady: (image: ImageView) => void) {
  const { desk, open, showing } = useUploads();
  const queue = desk?.queue ?? null;
  const [notLoaded, setNotLoaded] = useState(false);
  const ready = useRef(onReady);
  ready.current = onReady;

  useEffect(() => {
    void open().catch(() => {});
    showing(true);
    return () => showing(false);
  }, [open, showing]);

  useEffect(
    () =>
      queue?.onReady((ofCharacterId, image) => {
        if (ofCharacterId === characterId) ready.current(image);
      }),
    [queue, characterId],
  );

  const all = useUploadList(queue);
  const uploads = useMemo(
    () => all.filter((upload) => upload.characterId === characterId),
    [all, characterId],
  );
  // Whatever comes before the queue is loaded waits for it.
  return useMemo(
    () => ({
      uploads,
      /** What works on files could not be fetched: what was chosen last is not on the list. */
      notLoaded,
      add: (files: Iterable<File>) => {
        const chosen = [...files];
        setNotLoaded(false);
        open().then(
          (opened) => opened.add(characterId, chosen),
          () => setNotLoaded(true),
        );
      },
      retry: (ids: readonly string[]) => queue?.retry(ids),
      accept: (id: string) => queue?.accept(id),
      remove: (ids: readonly string[]) => queue?.remove(ids),
    }),
    [uploads, notLoaded, queue, open, characterId],
  );
}
