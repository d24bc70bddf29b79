/** Where one file stands. */
export type UploadState =
  /** Not looked at yet. */
  | { kind: 'waiting' }
  | { kind: 'reading' }
  /** Read and good; it is sent when its turn comes. */
  | { kind: 'queued' }
  /** `remark`: why it is sent again. */
  | { kind: 'sending'; sentBytes: number; remark?: string }
  /** Between two tries; `reason` is what the row says. */
  | { kind: 'pausing'; reason: string }
  /** The bytes have arrived; the server reads the picture. */
  | { kind: 'checking' }
  | { kind: 'done'; number: number }
  | { kind: 'tooSmall'; imageId: string; number: number; width: number; height: number }
  | { kind: 'duplicate'; ofImageId: string; ofNumber: number }
  /** Begun before this page was loaded, and the browser did not keep the file. */
  | { kind: 'unfinished' }
  | { kind: 'signedOut' }
  /** `wayOut`: the same file again, another one, or nothing helps. */
  | { kind: 'failed'; sentence: string; wayOut: 'again' | 'another' | null };

export interface Upload {
  id: string;
  characterId: string;
  name: string;
  bytes: number;
  /** Null while the browser has no hold of it: the creator is asked for it again. */
  file: File | null;
  state: UploadState;
}

export function isUnderWay({ state }: Upload): boolean {
  return ['waiting', 'reading', 'queued', 'sending', 'pausing', 'checking'].includes(state.kind);
}

export function canRetry({ state, file }: Upload): boolean {
  if (!file) return false;
  return state.kind === 'signedOut' || (state.kind === 'failed' && state.wayOut === 'again');
}

/** Whether it waits for the creator. */
export function needsAttention({ state }: Upload): boolean {
  return ['failed', 'tooSmall', 'unfinished', 'signedOut'].includes(state.kind);
}
