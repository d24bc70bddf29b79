import type { RequestedParts } from '../../lib/characters/request-parts.ts';
import { wordError } from '../../lib/error-messages.ts';
import type { ErrorCode, ErrorDetails } from '../../lib/errors.ts';
import { maxUploadBytes } from '../../lib/media/rules/upload-limits.ts';
import { singlePutBytes } from '../../lib/media/rules/upload-parts.ts';
import type { FileFacts } from './file-facts';
import { canRetry, isUnderWay, type Upload, type UploadState } from './upload-state';
import { pauseWords, uploadWords } from './upload-words';

/** An image that an upload became, as far as the queue looks at it. */
export interface ArrivedImage {
  id: string;
  number: number;
  width: number | null;
  height: number | null;
  tooSmallForTraining: boolean;
}

type Link = { url: string; headers: Record<string, string> };

/** What the queue talks to. Each throws `SendFailure` for trouble that passes, else `DoorRefusal`. */
export interface UploadDoors<Image extends ArrivedImage> {
  /** Reads the file's own bytes; throws when the browser cannot read it any more. */
  inspect(file: File): Promise<FileFacts>;
  /** Makes room for an image, or a new link for one that is not finished. */
  request(
    characterId: string,
    input: {
      imageId?: string;
      fileName: string;
      bytes: number;
      contentType: string;
      sha256?: string;
    },
  ): Promise<{ imageId: string; upload: Link }>;
  /** The parts of a large file: which have arrived, and where the others go. */
  parts(imageId: string, bytes: number): Promise<RequestedParts>;
  /** Sends bytes to the store. */
  send(
    upload: Link,
    body: Blob,
    onProgress: (sentBytes: number) => void,
    signal: AbortSignal,
  ): Promise<void>;
  finish(
    imageId: string,
  ): Promise<
    | { state: 'ready'; image: Image }
    | { state: 'duplicate'; ofImageId: string; ofNumber: number }
    | { state: 'rejected'; code: ErrorCode; details: ErrorDetails }
  >;
  /** Forgets an upload at the server. */
  giveUp(imageId: string): Promise<void>;
  /** Resolves after about `ms`; while there is no connection, when it is back. */
  rest(ms: number, signal: AbortSignal): Promise<'rested' | 'reconnected'>;
}

/** What of an unfinished upload outlives its page. */
export interface RememberedUpload {
  id: string;
  characterId: string;
  name: string;
  bytes: number;
  /** The image that room was made for. */
  imageId: string | null;
}

export interface UploadMemory {
  keep(upload: RememberedUpload, file: File | null): void;
  forget(ids: readonly string[]): void;
  /** What an earlier page left unfinished, oldest first. */
  recall(): Promise<{ upload: RememberedUpload; file: File | null }[]>;
}

/** Why bytes did not arrive, by what to do about it. */
export class SendFailure extends Error {
  override readonly name = 'SendFailure';
  readonly kind: 'connection' | 'stalled' | 'expired' | 'busy' | 'damaged' | 'refused';
  /** The other side asked for at least this much rest. */
  readonly retryAfterMs: number;

  constructor(
    kind: 'connection' | 'stalled' | 'expired' | 'busy' | 'damaged' | 'refused',
    retryAfterMs = 0,
  ) {
    super(kind);
    this.kind = kind;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The server's answer when it is no. */
export class DoorRefusal extends Error {
  override readonly name = 'DoorRefusal';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails) {
    super(code);
    this.code = code;
    this.details = details;
  }
}

const restsMs = [1_000, 3_000, 9_000];
/** So many are taken up from the front of the line; the rest waits, whatever was dropped here. */
const takenUp = 50;
/** A store that takes a part and then does not list it is not asked for ever. */
const mostSendsOfOnePart = 3;

/** What the queue knows of an upload beside what it shows. */
interface Job {
  controller: AbortController;
  contentType: string;
  sha256: string | null;
  imageId: string | null;
  /** Every byte is at the store: another try begins with reading the picture. */
  arrived: boolean;
}

/**
 * Takes files and brings each to its own end: several at a time, a failure of one never touching
 * another. Plain state with subscribers; what it talks to comes in as `doors`, and what must outlive
 * the page goes to `memory`.
 */
export function createUploadQueue<Image extends ArrivedImage>(options: {
  doors: UploadDoors<Image>;
  memory: UploadMemory;
  /** Files under way at a time. */
  parallel: number;
}) {
  const { doors, memory, parallel } = options;
  let uploads: readonly Upload[] = [];
  let running = 0;
  let reading = false;
  let askedLast: Promise<unknown> = Promise.resolve();
  const jobs = new Map<string, Job>();
  const listeners = new Set<() => void>();
  const readyListeners = new Set<(characterId: string, image: Image) => void>();

  const find = (id: string) => uploads.find((upload) => upload.id === id);

  function publish(changed: readonly Upload[]): void {
    uploads = changed;
    for (const listener of listeners) listener();
  }

  function set(id: string, state: UploadState, file?: File | null): void {
    const change = (upload: Upload): Upload => ({
      ...upload,
      state,
      file: file === undefined ? upload.file : file,
    });
    publish(uploads.map((upload) => (upload.id === id ? change(upload) : upload)));
    if (isSettled(state)) memory.forget([id]);
  }

  function remember(id: string, withFile = false): void {
    const upload = find(id);
    const job = jobs.get(id);
    if (!upload || !job) return;
    const { characterId, name, bytes, file } = upload;
    const { imageId } = job;
    memory.keep({ id, characterId, name, bytes, imageId }, withFile ? file : null);
  }

  function advance(): void {
    void readNext();
    while (running < parallel) {
      const next = uploads.find(({ state }) => state.kind === 'queued');
      if (!next?.file) return;
      const { id, file } = next;
      running += 1;
      set(id, { kind: 'sending', sentBytes: 0 });
      bring(id, file)
        .then((state) => set(id, state))
        .catch((error: unknown) => set(id, failure(error)))
        .finally(() => {
          running -= 1;
          advance();
        });
    }
  }

  /** Looks into files ahead of sending them, one at a time: what cannot be used is known early. */
  async function readNext(): Promise<void> {
    if (reading) return;
    const next = uploads
      .filter(isUnderWay)
      .slice(0, takenUp)
      .find(({ state }) => state.kind === 'waiting');
    if (!next?.file) return;
    const { id, file } = next;
    reading = true;
    set(id, { kind: 'reading' });
    remember(id, true);
    try {
      const facts = await doors.inspect(file);
      const job = jobs.get(id);
      if (!job) return;
      if ('refused' in facts) {
        set(id, failure(new DoorRefusal(facts.refused, facts.details)));
        return;
      }
      Object.assign(job, facts);
      set(id, { kind: 'queued' });
    } catch {
      set(id, { kind: 'unfinished' }, null);
    } finally {
      reading = false;
      advance();
    }
  }

  /** One file to its end. */
  async function bring(id: string, file: File): Promise<UploadState> {
    const job = demandJob(id);
    await twinEnded(id);
    let sentAgain = false;
    for (let remark: string | undefined; ; ) {
      try {
        if (!job.arrived) await withPatience(id, (moved) => deliver(id, file, remark, moved));
        job.arrived = true;
      } catch (error) {
        if (!(error instanceof DoorRefusal && error.code === 'ALREADY_HERE')) throw error;
        const { ofImageId, ofNumber } = error.details;
        // Its own image, finished without this page having heard of it, is no copy.
        if (ofImageId !== job.imageId) {
          return { kind: 'duplicate', ofImageId: String(ofImageId), ofNumber: Number(ofNumber) };
        }
      }
      try {
        return await finish(id);
      } catch (error) {
        if (!(error instanceof DoorRefusal)) throw error;
        if (!['UPLOAD_DAMAGED', 'UPLOAD_MISSING'].includes(error.code)) throw error;
        job.arrived = false;
        if (sentAgain) throw error;
        sentAgain = true;
        remark = error.code === 'UPLOAD_DAMAGED' ? pauseWords.damaged : undefined;
      }
    }
  }

  /** The same file twice in one list goes one after the other, so that the second is known. */
  async function twinEnded(id: string): Promise<void> {
    const { sha256 } = demandJob(id);
    const { characterId } = find(id) ?? {};
    const isTwin = (upload: Upload) =>
      upload.id !== id &&
      upload.characterId === characterId &&
      ['sending', 'pausing', 'checking'].includes(upload.state.kind) &&
      jobs.get(upload.id)?.sha256 === sha256;
    const twin =
      sha256 &&
      uploads
        .slice(
          0,
          uploads.findIndex((one) => one.id === id),
        )
        .find(isTwin);
    if (!twin) return;
    await new Promise<void>((resolve) => {
      const look = () => {
        if (uploads.some((upload) => upload.id === twin.id && isUnderWay(upload))) return;
        listeners.delete(look);
        resolve();
      };
      listeners.add(look);
    });
  }

  /** Gets the bytes into the store, by links that are signed for this very try. */
  async function deliver(
    id: string,
    file: File,
    remark: string | undefined,
    moved: () => void,
  ): Promise<void> {
    const job = demandJob(id);
    const { signal } = job.controller;
    let shown = -1;
    const show = (sentBytes: number) => {
      const percent = Math.floor((sentBytes / file.size) * 100);
      if (percent === shown || signal.aborted) return;
      shown = percent;
      set(id, { kind: 'sending', sentBytes, remark });
    };
    const { imageId, upload } = await askForRoom(id);
    job.imageId = imageId;
    remember(id);
    if (file.size <= singlePutBytes) {
      show(0);
      await doors.send(upload, file, show, signal);
      return;
    }
    const sends = new Map<number, number>();
    for (;;) {
      const { parts } = await doors.parts(imageId, file.size);
      signal.throwIfAborted();
      const here = parts.reduce((sum, part) => sum + (part.upload ? 0 : part.bytes), 0);
      const next = parts.find((part) => part.upload);
      if (!next?.upload) return;
      show(here);
      const { number, start, bytes } = next;
      const tried = sends.get(number) ?? 0;
      if (tried === mostSendsOfOnePart) throw new SendFailure('refused');
      sends.set(number, tried + 1);
      const body = file.slice(start, start + bytes);
      await doors.send(next.upload, body, (sent) => show(here + sent), signal);
      moved();
    }
  }

  /** One after another, so that frame numbers follow the order in which files were chosen. */
  function askForRoom(id: string) {
    const ask = async () => {
      const upload = find(id);
      const job = jobs.get(id);
      if (!upload || !job) throw new DOMException('Cancelled', 'AbortError');
      const file = {
        fileName: upload.name,
        bytes: upload.bytes,
        contentType: job.contentType,
        sha256: job.sha256 ?? undefined,
      };
      const { characterId } = upload;
      if (!job.imageId) return doors.request(characterId, file);
      try {
        return await doors.request(characterId, { ...file, imageId: job.imageId });
      } catch (error) {
        if (!(error instanceof DoorRefusal && error.code === 'NOT_FOUND')) throw error;
        // The room that was made for it is gone, a day after it was made.
        job.imageId = null;
        return doors.request(characterId, file);
      }
    };
    const asked = askedLast.then(ask);
    askedLast = asked.catch(() => null);
    return asked;
  }

  async function finish(id: string): Promise<UploadState> {
    set(id, { kind: 'checking' });
    const { imageId } = demandJob(id);
    const ask = () => withPatience(id, () => doors.finish(imageId ?? ''));
    const isOurs = (error: unknown) => error instanceof DoorRefusal && error.code === 'INTERNAL';
    // Our own trouble with a picture that has arrived: once more, unasked.
    const finished = await ask().catch((error: unknown) => {
      if (!isOurs(error)) throw error;
      return ask().catch((again: unknown) => {
        if (!isOurs(again)) throw again;
        return null;
      });
    });
    if (!finished) return { kind: 'failed', sentence: uploadWords.unread, wayOut: 'again' };
    switch (finished.state) {
      case 'ready': {
        const { image } = finished;
        const { characterId } = find(id) ?? {};
        if (characterId) for (const listener of readyListeners) listener(characterId, image);
        const { number, width, height } = image;
        return image.tooSmallForTraining && width && height
          ? { kind: 'tooSmall', imageId: image.id, number, width, height }
          : { kind: 'done', number };
      }
      case 'duplicate':
        return { kind: 'duplicate', ofImageId: finished.ofImageId, ofNumber: finished.ofNumber };
      case 'rejected':
        return failure(new DoorRefusal(finished.code, finished.details));
    }
  }

  /**
   * Tries again after trouble that passes: three times with growing rests, counted anew when
   * something arrived or the connection came back. A link that ran out is signed again once and
   * nothing is said of it; what arrived damaged is sent again once.
   */
  async function withPatience<T>(
    id: string,
    attempt: (moved: () => void) => Promise<T>,
  ): Promise<T> {
    const { signal } = demandJob(id).controller;
    const once = new Set<SendFailure['kind']>();
    let tried = 0;
    const moved = () => {
      tried = 0;
      once.delete('expired');
    };
    for (;;) {
      try {
        return await attempt(moved);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof SendFailure) || error.kind === 'refused') throw error;
        const { kind, retryAfterMs } = error;
        if (kind === 'expired' || kind === 'damaged') {
          if (once.has(kind)) throw error;
          once.add(kind);
          if (kind === 'damaged') set(id, { kind: 'pausing', reason: pauseWords.damaged });
          continue;
        }
        const restMs = restsMs[tried];
        if (restMs === undefined) throw error;
        tried += 1;
        set(id, { kind: 'pausing', reason: pauseWords[kind] });
        const woke = await doors.rest(Math.max(restMs, retryAfterMs), signal);
        signal.throwIfAborted();
        if (woke === 'reconnected') tried = 0;
      }
    }
  }

  function demandJob(id: string): Job {
    const job = jobs.get(id);
    if (!job) throw new DOMException('Cancelled', 'AbortError');
    return job;
  }

  function newJob(imageId: string | null = null): Job {
    const controller = new AbortController();
    return { controller, contentType: '', sha256: null, imageId, arrived: false };
  }

  return {
    /**
     * Adds files to a character. One that a listed upload waits for goes on with that (its hash tells
     * later whether it really is the same); what can be refused by its size alone is never sent.
     */
    add(characterId: string, files: Iterable<File>): void {
      const before = [...uploads];
      const added: string[] = [];
      for (const file of files) {
        const { name, size: bytes } = file;
        const at = before.findIndex(
          (upload) =>
            upload.state.kind === 'unfinished' &&
            upload.characterId === characterId &&
            upload.name === name &&
            upload.bytes === bytes,
        );
        const known = before[at];
        if (known) {
          before[at] = { ...known, file, state: { kind: 'waiting' } };
          added.push(known.id);
          continue;
        }
        const id = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
        jobs.set(id, newJob());
        const refused = refusedUnread(file);
        const state: UploadState = refused
          ? failure(new DoorRefusal(refused, { bytes }))
          : { kind: 'waiting' };
        before.push({ id, characterId, name, bytes, file, state });
        if (!refused) added.push(id);
      }
      publish(before);
      for (const id of added) remember(id);
      advance();
    },
    /** Goes on with what an earlier page left; asks for the files that the browser did not keep. */
    async restore(): Promise<void> {
      const recalled = (await memory.recall()).filter(({ upload }) => !jobs.has(upload.id));
      const restored = recalled.map(({ upload, file }): Upload => {
        const { id, characterId, name, bytes, imageId } = upload;
        jobs.set(id, newJob(imageId));
        const state: UploadState = { kind: file ? 'waiting' : 'unfinished' };
        return { id, characterId, name, bytes, file, state };
      });
      publish([...restored, ...uploads]);
      advance();
    },
    retry(ids: readonly string[]): void {
      for (const id of ids) {
        const upload = find(id);
        if (!upload || !canRetry(upload)) continue;
        const read = jobs.get(id)?.contentType;
        set(id, { kind: read ? 'queued' : 'waiting' });
      }
      advance();
    },
    /** The creator has seen that it is too small and keeps it all the same. */
    accept(id: string): void {
      const upload = find(id);
      if (upload?.state.kind === 'tooSmall') {
        set(id, { kind: 'done', number: upload.state.number });
      }
    },
    /** Takes uploads off the list; one that is under way is stopped and given up. */
    remove(ids: readonly string[]): void {
      for (const id of ids) {
        const upload = find(id);
        const job = jobs.get(id);
        job?.controller.abort();
        jobs.delete(id);
        if (upload && job?.imageId && !isSettled(upload.state)) {
          doors.giveUp(job.imageId).catch(() => null);
        }
      }
      publish(uploads.filter(({ id }) => !ids.includes(id)));
      memory.forget(ids);
      advance();
    },
    /** Calls back with every image that an upload becomes. */
    onReady(listener: (characterId: string, image: Image) => void): () => void {
      readyListeners.add(listener);
      return () => readyListeners.delete(listener);
    },
    subscribe(listener: () => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    snapshot: () => uploads,
  };
}

export type UploadQueue<Image extends ArrivedImage> = ReturnType<typeof createUploadQueue<Image>>;

/** Nothing more can come of it, so nothing of it is kept. */
function isSettled(state: UploadState): boolean {
  if (state.kind === 'failed') return state.wayOut !== 'again';
  return ['done', 'tooSmall', 'duplicate'].includes(state.kind);
}

function refusedUnread(file: File): ErrorCode | null {
  if (file.size === 0) return 'NOT_AN_IMAGE';
  return file.size > maxUploadBytes ? 'FILE_TOO_LARGE' : null;
}

/** Codes that only another file can cure. */
const final: readonly ErrorCode[] = [
  'FILE_TOO_LARGE',
  'TOO_MANY_PIXELS',
  'NOT_AN_IMAGE',
  'IMAGE_BROKEN',
  'IMAGE_ANIMATED',
];

function failure(error: unknown): UploadState {
  if (!(error instanceof DoorRefusal)) {
    return { kind: 'failed', sentence: uploadWords.refused, wayOut: 'again' };
  }
  const { code, details } = error;
  if (code === 'SIGNED_OUT') return { kind: 'signedOut' };
  const wayOut = final.includes(code) ? 'another' : code === 'NOT_FOUND' ? null : 'again';
  return { kind: 'failed', sentence: wordError(code, details).sentence, wayOut };
}
