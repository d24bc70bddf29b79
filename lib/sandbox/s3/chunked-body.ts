import { S3Error } from './s3-error.ts';

const longestLine = 8 * 1024;

/**
 * Takes the `aws-chunked` framing off a body (STREAMING-UNSIGNED-PAYLOAD-TRAILER): yields the
 * payload as it arrives and fills `trailers` (lower-case names) at its end. A body that breaks off
 * or is framed wrongly throws IncompleteBody.
 */
export async function* decodeAwsChunks(
  source: AsyncIterable<Buffer>,
  trailers: Map<string, string>,
): AsyncGenerator<Buffer> {
  const reader = new FrameReader(source);
  try {
    for (;;) {
      const size = /^([0-9a-f]{1,12})(?:;.*)?$/i.exec(await reader.line())?.[1];
      if (size === undefined) throw new S3Error('IncompleteBody', 'A chunk has no valid size.');
      const bytes = Number.parseInt(size, 16);
      if (bytes === 0) break;
      yield* reader.bytes(bytes);
      if ((await reader.line()) !== '') {
        throw new S3Error('IncompleteBody', 'A chunk is longer than it says.');
      }
    }
    for (let line = await reader.line(); line !== ''; line = await reader.line()) {
      const colon = line.indexOf(':');
      if (colon < 1) throw new S3Error('MalformedTrailerError', 'A trailer is malformed.');
      trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
    }
  } finally {
    await reader.release();
  }
}

/** Lines and counted bytes from a stream of buffers of any size. */
class FrameReader {
  readonly #source: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Lets go of the source, so that somebody else can read what is left of it. */
  async release(): Promise<void> {
    await this.#source.return?.();
  }

  async line(): Promise<string> {
    let end = this.#rest.indexOf('\r\n');
    while (end === -1) {
      if (this.#rest.length > longestLine) {
        throw new S3Error('IncompleteBody', 'A chunk header is too long.');
      }
      this.#rest = Buffer.concat([this.#rest, await this.#more()]);
      end = this.#rest.indexOf('\r\n');
    }
    const line = this.#rest.toString('latin1', 0, end);
    this.#rest = this.#rest.subarray(end + 2);
    return line;
  }

  async *bytes(count: number): AsyncGenerator<Buffer> {
    let missing = count;
    while (missing > 0) {
      if (this.#rest.length === 0) this.#rest = await this.#more();
      const piece = this.#rest.subarray(0, missing);
      this.#rest = this.#rest.subarray(piece.length);
      missing -= piece.length;
      yield piece;
    }
  }

  async #more(): Promise<Buffer> {
    const next = await this.#source.next();
    if (next.done) throw new S3Error('IncompleteBody', 'The body ended before its last chunk.');
    return next.value;
  }
}
