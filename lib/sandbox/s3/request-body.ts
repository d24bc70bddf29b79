import type { IncomingHttpHeaders } from 'node:http';
import { type ChecksumAlgorithm, checksumAlgorithms, startDigest } from './checksums.ts';
import { decodeAwsChunks } from './chunked-body.ts';
import { S3Error } from './s3-error.ts';

/** S3's own limit for one PUT. */
const largestBodyBytes = 5 * 1024 ** 3;
const trailerPayload = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';

/** A body whose every promise is checked by the time its last chunk has been read. */
export interface RequestBody {
  chunks: AsyncIterable<Buffer>;
  /** What the chunks turned out to be; ask once they are read. */
  digests(): BodyDigests;
}

export interface BodyDigests {
  /** Hex; S3's ETag of a plain object. */
  md5: string;
  /** The `x-amz-checksum-*` headers that the client gave and we confirmed, base64. */
  checksums: Record<string, string>;
}

/** Base64 by algorithm. */
type Digests = Map<ChecksumAlgorithm | 'md5', string>;

interface Check {
  algorithm: ChecksumAlgorithm | 'md5';
  /** Base64. Asked after the last chunk, because trailers come last. */
  promised(): string | undefined;
  mismatch: S3Error;
  /** The header to confirm it under. */
  headerName?: string;
}

/**
 * The payload of a request, framing removed. While it is read it is held against its declared
 * length, the signed payload hash, Content-MD5 and any `x-amz-checksum-*` in header or trailer;
 * a difference throws `S3Error` after the last chunk, so nothing may be kept before the end.
 */
export function openRequestBody(
  source: AsyncIterable<Buffer>,
  headers: IncomingHttpHeaders,
  payloadHash: string,
): RequestBody {
  const chunked = payloadHash === trailerPayload;
  if (payloadHash.startsWith('STREAMING-') && !chunked) {
    throw new S3Error('NotImplemented', `${payloadHash} is not supported here.`);
  }
  const expectedBytes = declaredLength(
    chunked ? headers['x-amz-decoded-content-length'] : headers['content-length'],
  );
  const trailers = new Map<string, string>();
  const checks = requiredChecks(headers, payloadHash, trailers);
  const digests: Digests = new Map();
  const payload = chunked ? decodeAwsChunks(source, trailers) : source;
  return {
    chunks: checked(payload, expectedBytes, checks, digests),
    digests: () => ({
      md5: Buffer.from(digests.get('md5') ?? '', 'base64').toString('hex'),
      checksums: Object.fromEntries(
        checks.flatMap(({ headerName, algorithm }) =>
          headerName ? [[headerName, digests.get(algorithm) ?? '']] : [],
        ),
      ),
    }),
  };
}

/** The whole payload as text, for the XML documents; at most 8 MiB. */
export async function readText(body: RequestBody): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body.chunks) {
    bytes += chunk.length;
    if (bytes > 8 * 1024 ** 2) throw new S3Error('EntityTooLarge', 'The document is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function declaredLength(value: string | string[] | undefined): number {
  if (typeof value !== 'string' || !/^\d{1,15}$/.test(value)) {
    throw new S3Error('MissingContentLength', 'You must provide the Content-Length HTTP header.');
  }
  const bytes = Number(value);
  if (bytes > largestBodyBytes) {
    throw new S3Error('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size.');
  }
  return bytes;
}

function requiredChecks(
  headers: IncomingHttpHeaders,
  payloadHash: string,
  trailers: Map<string, string>,
): Check[] {
  const checks: Check[] = [];
  if (/^[0-9a-f]{64}$/.test(payloadHash)) {
    const promised = Buffer.from(payloadHash, 'hex').toString('base64');
    checks.push({
      algorithm: 'sha256',
      promised: () => promised,
      mismatch: new S3Error(
        'XAmzContentSHA256Mismatch',
        'The provided x-amz-content-sha256 header does not match what was computed.',
      ),
    });
  } else if (payloadHash !== 'UNSIGNED-PAYLOAD' && payloadHash !== trailerPayload) {
    throw new S3Error('InvalidArgument', 'x-amz-content-sha256 must be a hash or a known keyword.');
  }
  const contentMd5 = headers['content-md5'];
  if (typeof contentMd5 === 'string') {
    if (Buffer.from(contentMd5, 'base64').length !== 16) {
      throw new S3Error('InvalidDigest', 'The Content-MD5 you specified was invalid.');
    }
    checks.push({
      algorithm: 'md5',
      promised: () => contentMd5,
      mismatch: new S3Error(
        'BadDigest',
        'The Content-MD5 you specified did not match what we received.',
      ),
    });
  }
  const announced = String(headers['x-amz-trailer'] ?? '').toLowerCase();
  if (headers['x-amz-checksum-crc64nvme'] || announced.includes('crc64nvme')) {
    throw new S3Error('NotImplemented', 'CRC64NVME is not supported here.');
  }
  for (const algorithm of checksumAlgorithms) {
    const headerName = `x-amz-checksum-${algorithm}`;
    const inHeader = headers[headerName];
    const inTrailer = announced.split(/\s*,\s*/).includes(headerName);
    if (typeof inHeader !== 'string' && !inTrailer) continue;
    checks.push({
      algorithm,
      headerName,
      promised: () => (typeof inHeader === 'string' ? inHeader : trailers.get(headerName)),
      mismatch: new S3Error(
        'BadDigest',
        `The ${algorithm.toUpperCase()} you specified did not match the calculated checksum.`,
      ),
    });
  }
  return checks;
}

async function* checked(
  payload: AsyncIterable<Buffer>,
  expectedBytes: number,
  checks: Check[],
  digests: Digests,
): AsyncGenerator<Buffer> {
  const algorithms = new Set(['md5' as const, ...checks.map(({ algorithm }) => algorithm)]);
  const running = Array.from(algorithms, (algorithm) => ({
    algorithm,
    digest: startDigest(algorithm),
  }));
  let bytes = 0;
  for await (const chunk of payload) {
    bytes += chunk.length;
    if (bytes > expectedBytes) break;
    for (const { digest } of running) digest.update(chunk);
    yield chunk;
  }
  if (bytes !== expectedBytes) {
    throw new S3Error('IncompleteBody', 'The body is not as long as its declared length.');
  }
  for (const { algorithm, digest } of running) digests.set(algorithm, digest.base64());
  for (const { algorithm, promised, mismatch } of checks) {
    const value = promised();
    if (value === undefined) {
      throw new S3Error('MalformedTrailerError', 'A trailer that was announced did not come.');
    }
    if (digests.get(algorithm) !== value) throw mismatch;
  }
}
