import type { Readable } from 'node:stream';

/** A stored object as the store reports it. */
export interface StoredObject {
  key: string;
  bytes: number;
  contentType: string | null;
  lastModified: Date;
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
}
