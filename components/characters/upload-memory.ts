import { clear, createStore, delMany, entries, set, type UseStore } from 'idb-keyval';
import { markUploads } from './upload-marker';
import type { RememberedUpload, UploadMemory } from './upload-queue';

type Stored = RememberedUpload & { userId: string; savedAt: number };

/** As long as the server keeps what has arrived. */
const keptMs = 24 * 60 * 60_000;
/** More is not copied to the disk of whoever chose it; those files are asked for again. */
const keptBytes = 300_000_000;
const recordKey = (id: string) => `upload:${id}`;
const fileKey = (id: string) => `file:${id}`;

let opened: UseStore | null = null;
function database(): UseStore {
  opened ??= createStore('likeness-uploads', 'uploads');
  return opened;
}

/**
 * What of the uploads outlives their page, in the browser's own database. Nothing here fails: a
 * browser that keeps nothing forgets.
 */
export function createUploadMemory(userId: string): UploadMemory {
  const savedAt = new Map<string, number>();
  const copied = new Map<string, number>();
  let last: Promise<unknown> = Promise.resolve();
  // One after another: what was forgotten must not be written by an earlier, slower call.
  const inOrder = (work: () => Promise<unknown>) => {
    last = last.then(work).catch(() => null);
  };

  return {
    keep(upload, file) {
      const { id } = upload;
      const first = savedAt.get(id) ?? Date.now();
      savedAt.set(id, first);
      void claim(id);
      markUploads(true);
      inOrder(async () => {
        if (!savedAt.has(id)) return;
        const stored: Stored = { ...upload, userId, savedAt: first };
        await set(recordKey(id), stored, database());
        const taken = [...copied.values()].reduce((sum, bytes) => sum + bytes, 0);
        if (!file || copied.has(id) || taken + file.size > keptBytes) return;
        copied.set(id, file.size);
        await set(fileKey(id), file, database());
      });
    },
    forget(ids) {
      for (const id of ids) {
        savedAt.delete(id);
        copied.delete(id);
        release(id);
      }
      if (savedAt.size === 0) markUploads(false);
      inOrder(() =>
        delMany(
          ids.flatMap((id) => [recordKey(id), fileKey(id)]),
          database(),
        ),
      );
    },
    async recall() {
      const recalled: { upload: Stored; file: File | null }[] = [];
      try {
        const found = new Map(await entries<string, Stored | File>(database()));
        const stale: string[] = [];
        for (const upload of found.values()) {
          if (upload instanceof Blob || savedAt.has(upload.id)) continue;
          if (upload.userId !== userId || Date.now() - upload.savedAt > keptMs) {
            stale.push(recordKey(upload.id), fileKey(upload.id));
          } else if (await claim(upload.id)) {
            const file = found.get(fileKey(upload.id));
            const whole = file instanceof File ? file : null;
            savedAt.set(upload.id, upload.savedAt);
            if (whole) copied.set(upload.id, whole.size);
            recalled.push({ upload, file: whole });
          }
        }
        if (stale.length > 0) await delMany(stale, database());
        if (recalled.length === 0 && savedAt.size === 0) markUploads(false);
      } catch {
        // A browser that keeps nothing has nothing to tell.
      }
      return recalled.sort((one, other) => one.upload.savedAt - other.upload.savedAt);
    },
  };
}

/** Nothing of this creator's pictures stays on the machine: for signing out. */
export async function forgetEverything(): Promise<void> {
  markUploads(false);
  await clear(database()).catch(() => null);
}

const releases = new Map<string, () => void>();

/**
 * Makes an upload this page's own for as long as the page lives, so that no other page of the same
 * browser takes it up as well. False when another page has it.
 */
function claim(id: string): Promise<boolean> {
  if (releases.has(id)) return Promise.resolve(true);
  // Only where the page is served securely.
  if (!navigator.locks) return Promise.resolve(true);
  return new Promise((resolve) => {
    void navigator.locks
      .request(`likeness-upload-${id}`, { ifAvailable: true }, (lock) => {
        resolve(lock !== null);
        if (!lock) return null;
        return new Promise<void>((release) => releases.set(id, release));
      })
      .catch(() => resolve(true));
  });
}

function release(id: string): void {
  releases.get(id)?.();
  releases.delete(id);
}
