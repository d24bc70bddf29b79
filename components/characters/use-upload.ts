'use client';

import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { ImageView } from '@/lib/characters/image-view';
import { uploadDoors } from './upload-doors';
import { createUploadQueue, isUnderWay, type Upload } from './upload-queue';

const none: readonly Upload[] = [];

/**
 * A character's uploads in this page. Leaving the page inside the application lets them go on;
 * closing it asks first, as long as bytes are under way.
 */
export function useUpload(characterId: string, onReady: (image: ImageView) => void) {
  const ready = useRef(onReady);
  ready.current = onReady;
  const [queue] = useState(() =>
    createUploadQueue<ImageView>({
      doors: uploadDoors(characterId),
      parallel: parallelUploads(),
      onReady: (image) => ready.current(image),
    }),
  );
  const uploads = useSyncExternalStore(queue.subscribe, queue.snapshot, () => none);
  const underWay = uploads.some(isUnderWay);

  useEffect(() => {
    if (!underWay) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [underWay]);

  return { uploads, underWay, add: queue.add, retry: queue.retry, forget: queue.forget };
}

/** Four files at a time; two where the connection is likely a phone's or data is to be saved. */
function parallelUploads(): number {
  if (typeof window === 'undefined') return 4;
  const { connection } = navigator as { connection?: { saveData?: boolean } };
  const sparing = connection?.saveData || window.matchMedia('(pointer: coarse)').matches;
  return sparing ? 2 : 4;
}
