import { wordError } from '../../lib/error-messages.ts';
import type { ErrorCode, ErrorDetails } from '../../lib/errors.ts';
import { maxUploadBytes, uploadContentType } from '../../lib/media/rules/upload-limits.ts';

/** Where one file stands. */
export type UploadState =
  | { kind: 'waiting' }
  | { kind: 'sending'; sentBytes: number }
  /** Between two tries; `reason` is what the row says. */
  | { kind: 'pausing'; reason: string }
  /** The bytes have arrived; the server reads the picture. */
  | { kind: 'checking' }
  | { kind: 'done'; number: number }
  | { kind: 'duplicate'; ofImageId: string; ofNumber: number }
  | { kind: 'failed'; sentence: string; canRetry: boolean };

export interface Upload {
  id: string;
  file: File;
  state: UploadState;
}

/** What the queue talks to. Each throws `SendFailure` for trouble that passes, else `DoorRefusal`. */
export interface UploadDoors<Image extends { number: number }> {
  /** Makes room for an image, or a new link for the one of an earlier answer. */
  request(input: {
    imageId?: string;
    fileName: string;
    bytes: number;
    contentType: string;
  }): Promise<{ imageId: string; upload: { url: string; headers: Record<string, string> } }>;
  /** Sends the bytes to the store. */
  send(
    upload: { url: string; headers: Record<string, string> },
    file: File,
    onProgress: (sentBytes: number) => void,
  ): Promise<void>;
  finish(
    imageId: string,
  ): Promise<
    | { state: 'ready'; image: Image }
    | { state: 'duplicate'; ofImageId: string; ofNumber: number }
    | { state: 'rejected'; code: ErrorCode; details: ErrorDetails }
  >;
  /** Resolves after about `ms`, earlier when a lost connection is back. */
  rest(ms: number): Promise<void>;
}

/** Why bytes did not arrive, by what to do about it. */
export class SendFailure extends Error {
  override readonly name = 'SendFailure';
  constructor(readonly kind: 'connection' | 'stalled' | 'expired' | 'busy' | 'refused') {
    super(kind);
  }
}

/** The server's answer when it is no. */
export class DoorRefusal extends Error {
  override readonly name = 'DoorRefusal';
  constructor(
    readonly code: ErrorCode,
    readonly details: ErrorDetails,
  ) {
    super(code);
  }
}

const restsMs = [1_000, 3_000, 9_000];
const pauses = {
  connection: 'Waiting for a connection',
  stalled: 'Slow connection, trying again',
  busy: 'Storage is busy, trying again',
  expired: 'Trying again',
} as const;

/**
 * Takes files and brings each to its own end: several at a time, a failure of one never touching
 * another. Plain state with subscribers; what it talks to comes in as `doors`.
 */
export function createUploadQueue<Image extends { number: number }>(options: {
  doors: UploadDoors<Image>;
  /** Files under way at a time. */
  parallel: number;
  onReady: (image: Image) => void;
}) {
  const { doors, parallel, onReady } = options;
  let uploads: readonly Upload[] = [];
  let nextId = 1;
  let running = 0;
  let askedLast: Promise<unknown> = Promise.resolve();
  const imageIds = new Map<string, string>();
  const listeners = new Set<() => void>();

  function publish(changed: readonly Upload[]): void {
    uploads = changed;
    for (const listener of listeners) listener();
  }

  function set(id: string, state: UploadState): void {
    publish(uploads.map((upload) => (upload.id === id ? { ...upload, state } : upload)));
  }

  function startNext(): void {
    while (running < parallel) {
      const next = uploads.find(({ state }) => state.kind === 'waiting');
      if (!next) return;
      running += 1;
      set(next.id, { kind: 'sending', sentBytes: 0 });
      bring(next.id, next.file)
        .then((state) => set(next.id, state))
        .catch((error: unknown) => set(next.id, failure(error)))
        .finally(() => {
          running -= 1;
          startNext();
        });
    }
  }

  /** One file to its end. */
  async function bring(id: string, file: File): Promise<UploadState> {
    await withPatience(id, () => deliver(id, file));
    set(id, { kind: 'checking' });
    const finished = await withPatience(id, () => doors.finish(imageIds.get(id) ?? ''));
    switch (finished.state) {
      case 'ready':
        onReady(finished.image);
        return { kind: 'done', number: finished.image.number };
      case 'duplicate':
        return { kind: 'duplicate', ofImageId: finished.ofImageId, ofNumber: finished.ofNumber };
      case 'rejected':
        return failure(new DoorRefusal(finished.code, finished.details));
    }
  }

  /** Gets the bytes into the store, by a link that is signed for this very try. */
  async function deliver(id: string, file: File): Promise<void> {
    // One after another, so that frame numbers follow the order in which files were chosen.
    const asked = askedLast.then(() =>
      doors.request({
        imageId: imageIds.get(id),
        fileName: file.name,
        bytes: file.size,
        contentType: file.type,
      }),
    );
    askedLast = asked.catch(() => null);
    const { imageId, upload } = await asked;
    imageIds.set(id, imageId);
    set(id, { kind: 'sending', sentBytes: 0 });
    await doors.send(upload, file, (sentBytes) => set(id, { kind: 'sending', sentBytes }));
  }

  /** Tries again after trouble that passes; three times, with growing rests. */
  async function withPatience<T>(id: string, attempt: () => Promise<T>): Promise<T> {
    for (let tried = 0; ; tried += 1) {
      try {
        return await attempt();
      } catch (error) {
        const restMs = restsMs[tried];
        if (!(error instanceof SendFailure) || error.kind === 'refused') throw error;
        if (restMs === undefined) throw error;
        set(id, { kind: 'pausing', reason: pauses[error.kind] });
        await doors.rest(error.kind === 'expired' ? 0 : restMs);
      }
    }
  }

  return {
    /** Adds files; what can be refused by size and type alone is never sent. */
    add(files: Iterable<File>): void {
      const added = Array.from(files, (file): Upload => {
        const code = refusedUnsent(file);
        const state: UploadState = code
          ? failure(new DoorRefusal(code, { bytes: file.size }))
          : { kind: 'waiting' };
        return { id: `upload-${nextId++}`, file, state };
      });
      publish([...uploads, ...added]);
      startNext();
    },
    retry(id: string): void {
      const upload = uploads.find((candidate) => candidate.id === id);
      if (upload?.state.kind !== 'failed' || !upload.state.canRetry) return;
      set(id, { kind: 'waiting' });
      startNext();
    },
    /** Takes ended files off the list. */
    forget(isForgotten: (upload: Upload) => boolean): void {
      publish(uploads.filter((upload) => isUnderWay(upload) || !isForgotten(upload)));
    },
    subscribe(listener: () => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    snapshot: () => uploads,
  };
}

export function isUnderWay({ state }: Upload): boolean {
  return ['waiting', 'sending', 'pausing', 'checking'].includes(state.kind);
}

function refusedUnsent(file: File): ErrorCode | null {
  if (!uploadContentType({ fileName: file.name, contentType: file.type }) || file.size === 0) {
    return 'NOT_AN_IMAGE';
  }
  return file.size > maxUploadBytes ? 'FILE_TOO_LARGE' : null;
}

/** Codes that a second try with the same file cannot cure. */
const final: readonly ErrorCode[] = [
  'FILE_TOO_LARGE',
  'TOO_MANY_PIXELS',
  'NOT_AN_IMAGE',
  'IMAGE_BROKEN',
  'IMAGE_ANIMATED',
  'NOT_FOUND',
];

function failure(error: unknown): UploadState {
  if (error instanceof DoorRefusal) {
    const { sentence } = wordError(error.code, error.details);
    return { kind: 'failed', sentence, canRetry: !final.includes(error.code) };
  }
  return { kind: 'failed', sentence: "Couldn't upload.", canRetry: true };
}
