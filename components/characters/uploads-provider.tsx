'use client';

import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import type { ImageView } from '@/lib/characters/image-view';
import { uploadsMarked } from './upload-marker';
import type { UploadQueue } from './upload-queue';

// Most pages upload nothing: whatever works on files loads when there are some.
const loadDesk = () => import('./open-uploads');
const loadSpeech = () => import('./upload-speech').then((module) => module.UploadSpeech);
const loadChip = () => import('./upload-chip-link').then((module) => module.UploadChipLink);

/** What comes together: nothing is shown of uploads while one of its scripts is missing. */
interface Desk {
  queue: UploadQueue<ImageView>;
  Speech: Awaited<ReturnType<typeof loadSpeech>>;
  Chip: Awaited<ReturnType<typeof loadChip>>;
}

interface UploadsHandle {
  /** Null until somebody asked for it. */
  desk: Desk | null;
  /** Rejects when its scripts cannot be fetched; the next call tries again. */
  open: () => Promise<UploadQueue<ImageView>>;
  /** Takes everything off the list and out of the browser: for signing out. */
  forget: () => Promise<void>;
  /** A page that shows the uploads itself says so while it is there. */
  showing: (isShown: boolean) => void;
  shown: boolean;
}

const UploadsContext = createContext<UploadsHandle | null>(null);

interface UploadsProviderProps {
  userId: string;
  /** Brings what works on files; the real thing unless told. */
  load?: () => Promise<{ openUploads: (userId: string) => UploadQueue<ImageView> }>;
  children: ReactNode;
}

/** The uploads of the signed-in creator. They live above the pages, so that leaving one stops none. */
export function UploadsProvider({ userId, load = loadDesk, children }: UploadsProviderProps) {
  const [desk, setDesk] = useState<Desk | null>(null);
  const [showingCount, setShowingCount] = useState(0);
  const opening = useRef<Promise<UploadQueue<ImageView>> | null>(null);

  const open = useCallback(() => {
    opening.current ??= Promise.all([load(), loadSpeech(), loadChip()]).then(
      ([{ openUploads }, Speech, Chip]) => {
        const queue = openUploads(userId);
        setDesk({ queue, Speech, Chip });
        return queue;
      },
      (error) => {
        opening.current = null;
        throw error;
      },
    );
    return opening.current;
  }, [userId, load]);

  const forget = useCallback(async () => {
    if (!opening.current && !uploadsMarked()) return;
    const opened = await opening.current;
    opened?.remove(opened.snapshot().map(({ id }) => id));
    await (await import('./upload-memory')).forgetEverything();
  }, []);

  const showing = useCallback((isShown: boolean) => {
    setShowingCount((count) => count + (isShown ? 1 : -1));
  }, []);

  useEffect(() => {
    if (uploadsMarked()) void open().catch(() => {});
  }, [open]);

  const shown = showingCount > 0;
  const handle = useMemo(
    () => ({ desk, open, forget, showing, shown }),
    [desk, open, forget, showing, shown],
  );
  return (
    <UploadsContext value={handle}>
      {children}
      {desk && <desk.Speech queue={desk.queue} />}
    </UploadsContext>
  );
}

export function useUploads(): UploadsHandle {
  const handle = useContext(UploadsContext);
  if (!handle) throw new Error('useUploads needs an UploadsProvider above it.');
  return handle;
}

/** How the uploads stand, in the header of every page but the one that lists them. */
export function UploadChip() {
  const { desk, shown } = useUploads();
  return desk && !shown ? <desk.Chip queue={desk.queue} /> : null;
}
