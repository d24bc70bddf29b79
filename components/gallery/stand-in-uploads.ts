import type { ImageView } from '@/lib/characters/image-view';
import type { UploadQueue } from '../characters/upload-queue';
import type { Upload } from '../characters/upload-state';

/** A list of uploads that stands still: rows can be taken off it and nothing else happens. */
export function standInQueue(first: readonly Upload[]): UploadQueue<ImageView> {
  let uploads = first;
  const listeners = new Set<() => void>();
  return {
    add: () => {},
    restore: async () => {},
    retry: () => {},
    accept: () => {},
    remove: (ids) => {
      uploads = uploads.filter(({ id }) => !ids.includes(id));
      for (const listener of listeners) listener();
    },
    onReady: () => () => {},
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    snapshot: () => uploads,
  };
}
