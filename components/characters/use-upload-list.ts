'use client';

import { useSyncExternalStore } from 'react';
import type { ImageView } from '@/lib/characters/image-view';
import type { UploadQueue } from './upload-queue';
import type { Upload } from './upload-state';

const none: readonly Upload[] = [];
const nothingListed = () => none;
const neverChanges = () => () => {};

/** The list of uploads as it stands; empty while there is no queue. */
export function useUploadList(queue: UploadQueue<ImageView> | null): readonly Upload[] {
  return useSyncExternalStore(
    queue?.subscribe ?? neverChanges,
    queue?.snapshot ?? nothingListed,
    nothingListed,
  );
}
