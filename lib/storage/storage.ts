import type { Readable } from 'node:stream';

/** A stored object as the store reports it. */
export interface StoredObject {
  key: string;
  bytes: number;
  contentType: string | null;
  lastModified: Date;
}

/** A part of an open upload, as the store holds it. */
export interface StoredPart {
  /** From 1. */
  number: number;
  bytes: number;
  etag: string;
}

/**
 * PORT: the object store. One adapter (`s3.ts`); the embedded server in `lib/sandbox` speaks S3,
 * so development, tests and production run the same code. Keys are built from our own ids only
 * (`lib/storage/keys.ts`), never from a name a person typed.
 *
 * Errors: a store that cannot be reached or refuses us throws `DomainError('STORAGE_UNAVAILABLE')`;
 * a missing object is `null` from `head` and `DomainError('NOT_FOUND')` from `read`.
 */
export interface Storage {
  /**
   * A link that accepts exactly one body: this key, this length, this type and, when given, this
   * SHA-256 (hex). `headers` must be sent along unchanged. Lives `expiresInSeconds` (at most 600).
   */
  presignPut(
    key: string,
    body: { bytes: number; contentType: string; sha256?: string },
    expiresInSeconds: number,
  ): Promise<{ url: string; headers: Record<string, string> }>;
  /** A short-lived GET link; `fileName` sets Content-Disposition (attachment, RFC 6266 encoded). */
  presignGet(
    key: string,
    options: { expiresInSeconds: number; fileName?: string; contentType?: string },
  ): Promise<string>;
  head(key: string): Promise<StoredObject | null>;
  /** The object's bytes, or the inclusive byte range `start..end`. */
  read(key: string, range?: { start: number; end: number }): Promise<Readable>;
  /** Stores a body of any size with flat memory; resolves to its size in bytes. */
  write(key: string, body: Uint8Array | Readable, contentType: string): Promise<{ bytes: number }>;
  /** Removes what exists of `keys`; a key that is already gone is fine. */
  remove(keys: string[]): Promise<void>;
  list(prefix: string): AsyncIterable<StoredObject>;

  /**
   * Opens an upload in parts and returns the store's id of it. Its object appears in one step when
   * the upload is completed; until then nobody sees any of it.
   */
  createUpload(key: string, contentType: string): Promise<string>;
  /** A link that accepts one part of exactly `bytes`; the same number again replaces the part. */
  presignPart(
    key: string,
    uploadId: string,
    part: { number: number; bytes: number },
    expiresInSeconds: number,
  ): Promise<{ url: string; headers: Record<string, string> }>;
  /** The parts that have arrived, by number; null when there is no such upload any more. */
  listParts(key: string, uploadId: string): Promise<StoredPart[] | null>;
  /**
   * Joins `parts`, in order, to the object; each but the last has 5 MiB at least. NOT_FOUND when
   * there is no such upload: also when it was completed before.
   */
  completeUpload(key: string, uploadId: string, parts: StoredPart[]): Promise<void>;
  /** Forgets an upload with its parts; one that is already gone is fine. */
  abortUpload(key: string, uploadId: string): Promise<void>;
  /** The uploads under `prefix` that are still open. */
  listUploads(prefix: string): AsyncIterable<{ key: string; uploadId: string; startedAt: Date }>;
}
