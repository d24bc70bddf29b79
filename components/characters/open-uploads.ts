import type { ImageView } from '@/lib/characters/image-view';
import { uploadDoors } from './upload-doors';
import { createUploadMemory } from './upload-memory';
import { createUploadQueue, type UploadQueue } from './upload-queue';

/** The queue of this page, going on with what an earlier page of the same creator left. */
export function openUploads(userId: string): UploadQueue<ImageView> {
  const queue = createUploadQueue<ImageView>({
    doors: uploadDoors,
    memory: createUploadMemory(userId),
    parallel: parallelUploads(),
  });
  void queue.restore();

  // Only while bytes are under way: whatever waits goes on when the page comes back.
  const ask = (event: BeforeUnloadEvent) => event.preventDefault();
  let asking = false;
  queue.subscribe(() => {
    const sending = queue.snapshot().some(({ state }) => state.kind === 'sending');
    if (sending === asking) return;
    asking = sending;
    if (sending) window.addEventListener('beforeunload', ask);
    else window.removeEventListener('beforeunload', ask);
  });
  return queue;
}

/** Four files at a time; two where the connection is likely a phone's or data is to be saved. */
function parallelUploads(): number {
  const { connection } = navigator as { connection?: { saveData?: boolean } };
  const sparing = connection?.saveData || window.matchMedia('(pointer: coarse)').matches;
  return sparing ? 2 : 4;
}
